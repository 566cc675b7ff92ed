import pytest
from orderstream.platform import SettingsError, load


def test_a_wrong_value_is_named_with_its_variable_and_what_it_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERSTREAM_PARTITIONS", "many")
    monkeypatch.setenv("ORDERSTREAM_KAFKA_PORT", "99999")
    with pytest.raises(SettingsError) as caught:
        load()
    message = str(caught.value)
    assert "ORDERSTREAM_PARTITIONS='many'" in message
    assert "ORDERSTREAM_KAFKA_PORT='99999'" in message
    assert "less than or equal to 65535" in message
    assert "\n" not in message


def test_latencies_the_wrong_way_round_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_PSP_LATENCY_MS_MIN", "500")
    monkeypatch.setenv("ORDERSTREAM_PSP_LATENCY_MS_MAX", "100")
    with pytest.raises(SettingsError, match="PSP_LATENCY_MS_MIN must not be above"):
        load()


def test_what_is_chosen_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_PARTITIONS", "5")
    assert load().partitions == 5
    assert load(partitions=7).partitions == 7


def test_a_database_is_addressed_as_its_owner_or_as_the_one_who_may_see_all() -> None:
    settings = load(postgres_port=15432)
    assert settings.database_url("payments") == "postgresql://payments@127.0.0.1:15432/payments"
    assert settings.database_url("payments", "postgres").startswith("postgresql://postgres@")
