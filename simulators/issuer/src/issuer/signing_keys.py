"""The issuer's keys: the newest signs, all of them are published, a restart changes nothing."""

import json
import os
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeyParameters

ALGORITHM = "ES256"


class SigningKeys:
    """Private keys in one file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._keys = self._load() if path.exists() else []
        if not self._keys:
            self.rotate()

    @property
    def newest(self) -> ECKey:
        """The key that signs."""
        return self._keys[-1]

    def rotate(self) -> str:
        """Sign with a new key from now on, and go on publishing the old ones; gives its id."""
        parameters: KeyParameters = {"use": "sig", "alg": ALGORITHM}
        key = ECKey.generate_key("P-256", parameters, private=True, auto_kid=True)
        self._keys.append(key)
        self._save()
        return str(key.kid)

    def published(self) -> dict[str, Any]:
        """Give the public halves as a JWK set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def sign(self, claims: dict[str, Any]) -> str:
        """Give the claims as a signed JWT."""
        return jwt.encode({"alg": ALGORITHM, "kid": self.newest.kid}, claims, self.newest)

    def check(self) -> None:
        """Sign something; raises what stands in the way."""
        self.sign({})

    def _load(self) -> list[ECKey]:
        try:
            keys = json.loads(self._path.read_text())["keys"]
            return [ECKey.import_key(key) for key in keys]
        except (ValueError, KeyError, TypeError, JoseError) as error:
            raise ValueError(f"{self._path.name} holds no keys; delete it: {error!r}") from error

    def _save(self) -> None:
        text = json.dumps({"keys": [key.as_dict(private=True) for key in self._keys]})
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123 - pathlib cannot create a file with a mode
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
