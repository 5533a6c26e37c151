"""`doctor` and `simulator` from outside."""

from __future__ import annotations

import re

from tests.acceptance.cli import Bench, fetch_token, sheet, simulator


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


def test_doctor_shows_what_support_asks_for(bench: Bench) -> None:
    with simulator(bench, "", "--tls"):
        found = bench.run("doctor", "--json").object
        english = bench.run("doctor").out
        chinese = bench.run("doctor", "--lang", "zh-CN").out
    assert found["service"]["site"] == "loopback"
    assert found["service"]["certificates"] == bench.env["BATCHRESET_CA_FILE"]
    assert found["service"]["codes"] > 50
    assert found["login"]["by"] == "app_id"
    assert 11 * 3600 < found["login"]["token_life_left_s"] <= 24 * 3600
    assert found["program"]["version"]
    for told in ("0: default administrator", "every run is a rehearsal", "App ID and App Key"):
        assert told in english
    for told in ("0：默认管理员", "演练"):
        assert told in chinese


def test_doctor_page_alone_tells_what_is_wrong_and_the_request_id_to_ask_support_with(bench: Bench) -> None:
    with simulator(bench):
        well = bench.run("doctor")
        bench.env["BATCHRESET_APP_KEY"] = "0" * 32
        english = bench.run("doctor")
        chinese = bench.run("doctor", "--lang", "zh-CN")
    assert (well.code, english.code, chinese.code) == (0, 6, 6)
    assert "Nothing is wrong." in well.out
    for told in ("What is wrong", "HTTP 401", "USG.206010025", "Meeting console"):
        assert told in english.out
    for told in ("发现的问题", "HTTP 401", "USG.206010025", "控制台"):
        assert told in chinese.out
    for shown in (english.out, chinese.out):
        assert re.search(r"[0-9a-f]{32}", shown), "no request ID"
    assert english.err == chinese.err == "", "the page has it"


def test_doctor_names_every_assumption_and_how_well_it_is_known(bench: Bench) -> None:
    bench.env["BATCHRESET_QUOTA_CALLS"] = "4"
    with simulator(bench):
        shown = bench.run("doctor").out
        told = bench.run("doctor", "--json").object["assumptions"]
    assert told["quota_calls"] == "4"
    assert {"refused_calls_count", "codes", "rate", "old_code_dies", "reset_unbinds", "sn_case"} <= {*told}
    assert re.search(r"calls a terminal has +4 +our own choice", shown), "not the documented figure any more"
    assert re.search(r"in any window of +24 h +documented", shown)
    assert re.search(r"calls refused for the row count too +yes +not known", shown)


def test_doctor_counts_the_answers_that_are_lost_until_somebody_settles_them(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "reset-after"\nsn = "SN2"\n'):
        job = bench.run("run", sheet(bench.folder, ["SN1", "SN2"]), "--yes", "--json").object["job"]
        before = bench.run("doctor", "--json").object["ledger"]
        assert bench.run("resolve", job, "--arrived", "SN2").code == 0
        after = bench.run("doctor", "--json").object["ledger"]
    assert (before["attempts"], before["unknown"], after["unknown"]) == (2, 1, 0)


def test_doctor_with_a_ready_token_of_no_administrator_says_whose_it_is(bench: Bench) -> None:
    with simulator(bench, "[account]\nadmin_type = 2\n") as service:
        bench.env["BATCHRESET_ACCESS_TOKEN"] = token = fetch_token(bench, service)
        done = bench.run("doctor", "--json")
    assert done.code == 6
    assert [problem["code"] for problem in done.object["problems"]] == ["not-an-admin"]
    assert done.object["login"]["by"] == "access_token"
    assert done.object["login"]["admin_type"] == 2
    assert token not in done.out + done.err


def test_doctor_behind_a_proxy_shows_it_without_its_password(bench: Bench) -> None:
    bench.env |= {
        "BATCHRESET_RATE": "5",
        "BATCHRESET_ENDPOINT": "https://service.invalid",
        "BATCHRESET_TIMEOUT": "2",
        "https_proxy": "http://user:hidden-word@127.0.0.1:9",
    }
    done = bench.run("doctor", "--json")
    assert done.object["service"]["proxy"] == "127.0.0.1:9"
    assert "hidden-word" not in done.out + done.err


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
