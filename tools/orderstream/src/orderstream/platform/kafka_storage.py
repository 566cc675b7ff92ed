"""Makes the data folders of the brokers; they hold for one number of brokers only."""

import base64
import os
import shutil

from orderstream.platform.kafka import run_tool
from orderstream.platform.kafka_config import (
    NAMES,
    config_file,
    data_folder,
    numbers,
    properties,
)
from orderstream.platform.settings import Settings


class KafkaFormatError(RuntimeError):
    """The data folders of the brokers could not be prepared, or are those of another number."""


def prepare(settings: Settings) -> None:
    """Write the configurations and, the first time, format the data folders.

    Raises:
        KafkaFormatError: with what Kafka's own tool said; or the folders hold the topics of another
            number of brokers.
    """
    # The first broker's folder is formatted last: if it is, all are.
    formatted = _is_formatted(settings, 1)
    if formatted:
        _require_as_formatted(settings)
    for number in numbers(settings):
        config_file(settings, number).parent.mkdir(exist_ok=True)
        config_file(settings, number).write_text(properties(settings, number))
    if not formatted:
        _format_all(settings)


def _format_all(settings: Settings) -> None:
    for number in range(1, len(NAMES) + 1):  # what an interrupted format has left
        shutil.rmtree(data_folder(settings, number), ignore_errors=True)
    cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    for number in reversed(numbers(settings)):
        _format(settings, number, cluster)


def _require_as_formatted(settings: Settings) -> None:
    kept_by = sum(_is_formatted(settings, number) for number in range(1, len(NAMES) + 1))
    if kept_by != settings.brokers:
        raise KafkaFormatError(
            f"The topics in {settings.state_dir} are kept by {kept_by} of Kafka's brokers, and "
            f"{settings.brokers} shall start. Start as many as before: orderstream up --brokers "
            f"{kept_by} (or ORDERSTREAM_BROKERS={kept_by}). Or begin with an empty shop: "
            "orderstream down --erase"
        )


def _format(settings: Settings, number: int, cluster: str) -> None:
    config = str(config_file(settings, number))
    # With `=`, for one id in 64 begins with a dash.
    result = run_tool("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", config)
    if result.returncode != 0:
        said = f"{result.stdout}{result.stderr}"
        raise KafkaFormatError(f"Kafka cannot format {data_folder(settings, number)}: {said}")


def _is_formatted(settings: Settings, number: int) -> bool:
    return (data_folder(settings, number) / "meta.properties").exists()
