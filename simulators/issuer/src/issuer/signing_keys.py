"""The issuer's keys: the newest signs, all of them are published, a restart changes nothing."""

import json
import os
from pathlib import Path
from typing import Any, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, KeyParameters, OKPKey

Algorithm = Literal["ES256", "Ed25519"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "Ed25519")
Key = ECKey | OKPKey


class SigningKeys:
    """Private keys in one file that only its owner can read; the first one is for `algorithm`."""

    def __init__(self, path: Path, algorithm: Algorithm) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._keys = self._load() if path.exists() else []
        if not self._keys:
            self.rotate(algorithm)

    @property
    def newest(self) -> Key:
        """The key that signs."""
        return self._keys[-1]

    def rotate(self, algorithm: Algorithm | None = None) -> str:
        """Sign with a new key from now on, and go on publishing the old ones; gives its id.

        The algorithm stays the same unless another one is named.
        """
        self._keys.append(_generate(algorithm or _algorithm_of(self.newest)))
        self._save()
        return str(self.newest.kid)

    def retire(self) -> list[str]:
        """Forget all keys but the newest, as if they had been stolen; gives their ids."""
        retired = [str(key.kid) for key in self._keys[:-1]]
        self._keys = self._keys[-1:]
        self._save()
        return retired

    def published(self) -> dict[str, Any]:
        """Give the public halves as a JWK set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def sign(self, claims: dict[str, Any]) -> str:
        """Give the claims as a signed JWT."""
        algorithm = _algorithm_of(self.newest)
        header = {"alg": algorithm, "kid": self.newest.kid}
        return jwt.encode(header, claims, self.newest, algorithms=[algorithm])

    def check(self) -> None:
        """Sign something; raises what stands in the way."""
        self.sign({})

    def _load(self) -> list[Key]:
        try:
            keys = json.loads(self._path.read_text())["keys"]
            return [_import(key) for key in keys]
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


def _generate(algorithm: Algorithm) -> Key:
    parameters: KeyParameters = {"use": "sig", "alg": algorithm}
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", parameters, private=True, auto_kid=True)
    return OKPKey.generate_key("Ed25519", parameters, private=True, auto_kid=True)


def _import(jwk: dict[str, Any]) -> Key:
    key = JWKRegistry.import_key(jwk)
    if not isinstance(key, ECKey | OKPKey) or key.alg not in ALGORITHMS:
        raise ValueError("a key of another kind")
    return key


def _algorithm_of(key: Key) -> Algorithm:
    return "ES256" if isinstance(key, ECKey) else "Ed25519"
