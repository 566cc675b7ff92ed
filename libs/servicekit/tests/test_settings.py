from typing import Annotated

import pytest
from privacy import SealingKey
from pydantic import Field, SecretStr, TypeAdapter, ValidationError
from servicekit import HttpUrl, ServiceSettings, load_settings
from sqlalchemy import make_url


class ShopSettings(ServiceSettings):
    sealing_key: SealingKey = SecretStr("A" * 43 + "=")
    shelves: Annotated[list[int], Field(default_factory=list)]


@pytest.fixture
def error_line(environment, capsys):
    def load(**variables: str) -> str:
        environment(**variables)
        with pytest.raises(SystemExit) as stopped:
            load_settings(ShopSettings)
        assert stopped.value.code == 2
        return capsys.readouterr().err

    return load


def test_settings_are_read_from_unprefixed_variables(environment):
    environment(HTTP_PORT="18001", KAFKA_BOOTSTRAP="kafka:9092", INSTANCE="2")
    settings = load_settings(ShopSettings)
    assert (settings.http_port, settings.kafka_bootstrap, settings.instance) == (
        18001,
        "kafka:9092",
        "2",
    )


def test_only_the_database_and_the_port_have_to_be_given(environment):
    environment()
    settings = load_settings(ShopSettings)
    assert (settings.http_host, settings.log_level, settings.log_format) == (
        "127.0.0.1",
        "info",
        "console",
    )


def test_an_empty_variable_counts_as_not_set(environment):
    environment(LOG_FORMAT="", HTTP_HOST="")
    assert load_settings(ShopSettings).log_format == "console"


def test_every_missing_setting_is_reported_in_a_line_of_its_own(monkeypatch, capsys):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("HTTP_PORT", raising=False)
    with pytest.raises(SystemExit):
        load_settings(ShopSettings)
    assert capsys.readouterr().err.splitlines() == [
        "wrong setting HTTP_PORT: Field required",
        "wrong setting DATABASE_URL: Field required",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "mysql://shop@127.0.0.1:1/shop",
        "postgresql+asyncpg://shop@127.0.0.1:1/shop",
        "postgresql://127.0.0.1:1/shop",
        "postgresql://shop@/shop",
        "postgresql://shop@127.0.0.1:1",
        "postgresql://shop@127.0.0.1:port/shop",
        "postgresql://shop@[::1/shop",
        "shop",
    ],
)
def test_a_database_url_of_another_form_is_refused_with_the_right_one(error_line, url):
    assert error_line(DATABASE_URL=url) == (
        "wrong setting DATABASE_URL: expected postgresql://role@host:port/database\n"
    )


@pytest.mark.parametrize("brokers", ["kafka", "kafka:0", "kafka:65536", "kafka:9092,", ":9092"])
def test_a_broker_that_is_no_address_is_refused_with_the_right_form(error_line, brokers):
    assert error_line(KAFKA_BOOTSTRAP=brokers) == (
        "wrong setting KAFKA_BOOTSTRAP: expected host:port, or several with commas between\n"
    )


@pytest.mark.parametrize(
    "url", ["psp:18101", "ftp://psp", "http://", "http://psp:port", "http:/psp", "http://p sp"]
)
def test_an_address_that_is_not_of_http_is_refused(url):
    with pytest.raises(ValidationError, match="expected http://host:port"):
        TypeAdapter(HttpUrl).validate_python(url)


def test_a_name_without_a_port_is_an_address_of_http():
    assert TypeAdapter(HttpUrl).validate_python("https://psp/base") == "https://psp/base"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty"])
def test_a_port_that_is_none_is_refused(error_line, port):
    assert error_line(HTTP_PORT=port).startswith("wrong setting HTTP_PORT: Input should be ")


def test_a_level_that_does_not_exist_is_answered_with_those_that_do(error_line):
    assert "'debug', 'info', 'warning' or 'error'" in error_line(LOG_LEVEL="loud")


def test_a_list_that_is_no_json_is_refused(error_line):
    assert "shelves" in error_line(SHELVES="one, two")


def test_no_error_shows_a_secret(error_line):
    secret = "c2VjcmV0IGJ1dCB0b28gc2hvcnQ="
    words = error_line(SEALING_KEY=secret, DATABASE_URL=f"mysql://shop:{secret}@h/shop")
    assert "wrong setting SEALING_KEY: expected base64 of 32 bytes" in words
    assert secret not in words


def test_settings_can_be_logged_without_a_secret(environment):
    environment(DATABASE_URL="postgresql://shop:hunter2@db:5432/shop")
    assert "hunter2" not in repr(load_settings(ShopSettings))


KEY = "B" * 43 + "="


@pytest.fixture
def secret(tmp_path, monkeypatch):
    """Write a file into the folder of secrets."""
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))

    def write(name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)

    return write


def test_a_secret_can_be_a_file(environment, secret):
    environment()
    secret("sealing_key", f"{KEY}\n".encode())
    assert load_settings(ShopSettings).sealing_key.get_secret_value() == KEY


def test_the_environment_goes_before_a_file(environment, secret):
    secret("sealing_key", KEY.encode())
    secret("instance", b"2")
    environment(SEALING_KEY="C" * 43 + "=")
    settings = load_settings(ShopSettings)
    assert settings.sealing_key.get_secret_value() == "C" * 43 + "="
    assert settings.instance == "2"


def test_a_variable_that_is_empty_leaves_it_to_the_file(environment, secret):
    secret("sealing_key", KEY.encode())
    environment(SEALING_KEY="")
    assert load_settings(ShopSettings).sealing_key.get_secret_value() == KEY


def test_a_folder_of_secrets_with_other_files_is_no_harm(environment, secret):
    environment()
    secret("somebody_elses", b"\xff")
    assert load_settings(ShopSettings).http_host == "127.0.0.1"


def test_a_folder_of_secrets_that_is_not_there_is_reported_in_one_line(error_line, tmp_path):
    missing = tmp_path / "mistyped"
    assert error_line(SECRETS_DIR=str(missing)) == (
        f"wrong setting SECRETS_DIR: there is no folder {missing}\n"
    )


@pytest.mark.usefixtures("environment")
def test_a_wrong_secret_in_a_file_is_reported_without_its_value(error_line, secret):
    secret("sealing_key", b"hunter2")
    assert error_line() == "wrong setting SEALING_KEY: expected base64 of 32 bytes\n"


def test_a_secret_that_is_no_text_is_reported_in_one_line(error_line, secret):
    secret("sealing_key", b"\xff\xfe")
    message = error_line()
    assert "sealing_key" in message
    assert len(message.splitlines()) == 1


def test_a_folder_in_the_place_of_a_secret_is_reported_in_one_line(error_line, secret, tmp_path):
    """Docker makes one where a file to be mounted is not there."""
    (tmp_path / "sealing_key").mkdir()
    message = error_line()
    assert f"{tmp_path}/sealing_key" in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("password", ["p/ss#w0rd?1", "100%", "a@b:c", "ü &;'\"\\ $x", "%2F"])
def test_a_password_is_given_as_it_is(environment, password: str) -> None:
    environment(DATABASE_URL="postgresql://shop@host:5433/shop?x=1", DATABASE_PASSWORD=password)
    url = make_url(load_settings(ShopSettings).database_url)
    assert (url.username, url.password) == ("shop", password)
    assert (url.host, url.port, url.database) == ("host", 5433, "shop")


def test_a_password_of_its_own_goes_before_the_one_in_the_address(environment) -> None:
    environment(DATABASE_URL="postgresql://a%40b:old@host/shop", DATABASE_PASSWORD="new")
    assert load_settings(ShopSettings).database_url == "postgresql://a%40b:new@host/shop"


def test_headers_for_spans_are_read_as_opentelemetry_writes_them(environment):
    environment(OTEL_EXPORTER_OTLP_HEADERS="X-Api-Key=k=1, authorization=Bearer%20hunter2")
    settings = load_settings(ShopSettings)
    assert settings.otlp_headers == {"x-api-key": "k=1", "authorization": "Bearer hunter2"}
    assert "hunter2" not in repr(settings)
    environment(OTEL_EXPORTER_OTLP_HEADERS="")
    assert load_settings(ShopSettings).otlp_headers == {}


@pytest.mark.parametrize(
    "headers",
    [
        "hunter2",
        "=hunter2",
        "x-key=",
        "a b=hunter2",
        "x-key=hunter2,",
        "k=hunter2%0d%0aX:1",
        "k=%C3",
    ],
)
def test_malformed_headers_for_spans_are_refused_without_telling_them(error_line, headers):
    line = error_line(OTEL_EXPORTER_OTLP_HEADERS=headers)
    assert line.startswith("wrong setting OTEL_EXPORTER_OTLP_HEADERS: expected name=value")
    assert "hunter2" not in line


def test_headers_for_spans_do_not_say_what_is_sent(error_line):
    line = error_line(OTEL_EXPORTER_OTLP_HEADERS="Content-Type=text/plain")
    assert "content-type is not for this setting" in line
