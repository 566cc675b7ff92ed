from simkit import fraction, pause_seconds


def test_chance_repeats_itself() -> None:
    assert fraction(1, "ord_1", "approval") == fraction(1, "ord_1", "approval")
    assert fraction(1, "ord_1", "approval") != fraction(2, "ord_1", "approval")
    assert fraction(1, "ord_1", "approval") != fraction(1, "ord_1", "latency")


def test_chance_is_spread_evenly() -> None:
    drawn = [fraction(7, f"ord_{number}", "approval") for number in range(5000)]
    assert all(0 <= each < 1 for each in drawn)
    for tenth in range(10):
        share = sum(tenth / 10 <= each < (tenth + 1) / 10 for each in drawn) / len(drawn)
        assert 0.08 < share < 0.12


def test_pauses_stay_between_their_bounds() -> None:
    pauses = [pause_seconds(1, f"ord_{number}", 100, 200) for number in range(500)]
    assert 0.1 <= min(pauses) < 0.11
    assert 0.19 < max(pauses) <= 0.2
