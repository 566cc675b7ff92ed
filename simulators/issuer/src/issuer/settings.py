"""What the token issuer can be told by its environment."""

from pathlib import Path

from pydantic import Field
from simkit import ServerSettings

from issuer.signing_keys import Algorithm


class Settings(ServerSettings):
    """The token issuer's settings."""

    http_port: int = Field(18103, ge=0, le=65535, description="port to listen on; 0: a free one")
    data_dir: Path = Field(Path(".orderstream/issuer"), description="folder of its signing keys")
    issuer: str = Field("orderstream-demo-issuer", min_length=1, description="`iss` of its tokens")
    algorithm: Algorithm = Field("ES256", description="what its first key is for; or Ed25519")
    audience: str = Field(
        "orderstream", min_length=1, description="`aud` of its tokens, where none is asked for"
    )
