"""`doctor` and `simulator` from outside."""

from __future__ import annotations

from tests.acceptance.cli import Bench, simulator


def test_doctor_when_all_is_well_shows_settings_login_ledger_and_assumptions_without_secrets(
    bench: Bench,
) -> None:
    with simulator(bench) as service:
        done = bench.run("doctor", "--json")
        shown = bench.run("doctor")
        assert service.log() == [], "no reset is sent"
    assert done.code == 0, done.err
    found = done.object
    assert found["settings"]["app_key"] == "(set)"
    assert found["login"]["ok"]
    assert found["login"]["admin_type"] == 0
    assert abs(found["clock"]["skew_s"]) <= 2
    assert found["clock"]["source"] == "service"
    assert found["ledger"]["integrity"] == "ok"
    assert found["assumptions"]["quota_calls"] == "5"
    assert found["assumptions"]["quota_window"] == "1 day, 0:00:00"
    assert shown.code == 0
    assert "24 h" in shown.out
    assert "10 days" in shown.out
    for out in (done.out, done.err, shown.out, shown.err):
        assert bench.env["BATCHRESET_APP_KEY"] not in out


def test_doctor_when_the_key_is_wrong_says_so_and_exits_with_6(bench: Bench) -> None:
    with simulator(bench):
        bench.env["BATCHRESET_APP_KEY"] = "0" * 32
        done = bench.run("doctor", "--json")
    assert done.code == 6
    assert [problem["code"] for problem in done.object["problems"]] == ["auth-refused"]


def test_doctor_without_login_exits_with_2_and_still_shows_the_rest(bench: Bench) -> None:
    bench.env["BATCHRESET_RATE"] = "5"
    done = bench.run("doctor", "--json")
    assert done.code == 2
    assert done.object["ledger"]["integrity"] == "ok"


def test_simulator_lists_its_faults(bench: Bench) -> None:
    done = bench.run("simulator", "--list-faults")
    assert done.code == 0
    assert "reset-after" in done.out


def test_simulator_with_a_bad_fault_file_exits_with_2(bench: Bench) -> None:
    path = bench.folder / "faults.toml"
    path.write_text('[[fault]]\nkind = "earthquake"\n')
    done = bench.run("simulator", "--faults", path)
    assert done.code == 2
    assert "earthquake" in done.err
