"""The judge as a program: its exit codes, its words, and what it refuses to judge."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.checker import main
from tests.proof.small_world import World, at

HERE = Path(__file__).parent
MORNING = at("2026-03-02 10:00")


@pytest.fixture
def world():
    """One lead, invited once."""
    world = World()
    client = world.client()
    account, campaign = world.account(client), world.campaign(client)
    lead = world.lead(client)
    enrollment = world.enrollment(campaign, lead, account, due_at=MORNING + 86400)
    world.sends(enrollment, world.step(campaign, "invite"), at=MORNING)
    world.ends(at=MORNING + 60)
    return world


@pytest.fixture
def broken(world):
    """The same, with an invitation that arrived twice."""
    world.ledger.append({**world.ledger[0], "n": 2})
    return world


def run(capsys, *arguments):
    code = main(list(arguments))
    return code, capsys.readouterr().out


def test_it_runs_as_a_program_from_anywhere(world, tmp_path):
    command = [sys.executable, str(HERE / "checker.py"), *world.write(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("holds:") == 10


def test_a_broken_law_is_named_with_its_ledger_rows_and_the_command_that_repeats_it(broken, tmp_path, capsys):
    code, said = run(capsys, *broken.write(tmp_path), "--repeat", "make proof SEED=7")

    assert code == 1
    assert "L1 BROKEN 1 times: never twice" in said
    assert "ACoAA000001 received one invite more than was intended (1)" in said
    assert '"n": 2' in said
    assert said.endswith("repeat: make proof SEED=7\n")


def test_without_a_word_on_how_to_repeat_the_run_it_says_how_to_repeat_the_judgement(broken, tmp_path, capsys):
    _, said = run(capsys, *broken.write(tmp_path))

    assert f"checker.py --ledger {tmp_path}/ledger.jsonl" in said


def test_only_the_first_examples_are_shown(broken, tmp_path, capsys):
    broken.ledger += [{**broken.ledger[0], "n": n} for n in range(3, 7)]

    _, said = run(capsys, *broken.write(tmp_path), "--examples", "2")

    assert "… and 3 more" in said


def test_the_verdict_can_be_read_by_programs(broken, tmp_path, capsys):
    code, said = run(capsys, *broken.write(tmp_path), "--json")

    verdict = json.loads(said)
    assert code == 1
    assert len(verdict["laws"]) == 10
    assert [row["n"] for row in verdict["laws"]["L1"]["violations"][0]["evidence"]] == [1, 2]


def test_an_empty_ledger_proves_nothing(world, tmp_path, capsys):
    world.ledger.clear()
    world.dump[:] = [row for row in world.dump if row["table"] == "meta"]

    code, said = run(capsys, *world.write(tmp_path))

    assert (code, "0 effects prove nothing: 1 were asked for" in said) == (2, True)


def test_fewer_effects_than_asked_for_prove_nothing(world, tmp_path, capsys):
    assert run(capsys, *world.write(tmp_path), "--at-least", "2")[0] == 2


def test_a_law_that_could_not_be_judged_is_no_pass(world, tmp_path, capsys):
    world.dump[-1]["faults_stopped_at"] = MORNING

    code, said = run(capsys, *world.write(tmp_path))

    assert (code, "L10 open" in said) == (2, True)


def test_other_services_and_reading_are_not_judged(world, tmp_path, capsys):
    world.line(kind="read", at=MORNING, effect=False)
    world.ledger.append({"n": 3, "service": "resend", "kind": "email", "at": MORNING, "effect": True})

    assert run(capsys, *world.write(tmp_path))[0] == 0


def test_a_webhook_that_was_refused_is_not_judged(world, tmp_path, capsys):
    world.line(service="webhook", kind="message_received", account="x", status=None)
    world.line(service="webhook", kind="message_received", account="x", status=503)

    assert run(capsys, *world.write(tmp_path))[0] == 0


def test_instants_may_be_iso_with_an_offset(world, tmp_path, capsys):
    world.ledger[0]["at"] = "2026-03-02T10:00:00+01:00"
    world.dump[-1]["dumped_at"] = "2026-03-02T09:01:00Z"

    assert run(capsys, *world.write(tmp_path))[0] == 0


def test_a_body_may_be_kept_as_text(world, tmp_path, capsys):
    world.ledger[0]["body"] = json.dumps(world.ledger[0]["body"])

    assert run(capsys, *world.write(tmp_path))[0] == 0


def test_the_law_of_replies_says_how_many_there_were(world, tmp_path, capsys):
    assert "(1 effects against 0 replies examined)" in run(capsys, *world.write(tmp_path))[1]


def test_a_ledgers_torn_last_line_is_left_out_and_said(world, tmp_path, capsys):
    arguments = world.write(tmp_path)
    with (tmp_path / "ledger.jsonl").open("a") as ledger:
        ledger.write('{"n": 2, "serv')

    code, said = run(capsys, *arguments)

    assert (code, "ledger.jsonl: a torn last line of 14 bytes was left out" in said) == (0, True)


def a_missing_number(world):
    world.ledger[0]["n"] = 2


def an_effect_without_a_person(world):
    world.ledger[0]["person"] = None


def a_row_without_a_table(world):
    world.dump.append({"id": "x"})


def a_dangling_id(world):
    world.dump.append({"table": "enrollment", "id": "x", "campaign_id": "nowhere", "status": "connected"})


def an_instant_without_an_offset(world):
    world.dump[-1]["dumped_at"] = "2026-03-02T10:00:00"


def no_instant_of_the_dump(world):
    world.dump.pop()


def a_plan_of_something_else(world):
    world.plan.append({"table": "account", "id": "nobody", "limits": {}})


def a_webhook_without_a_ref(world):
    world.line(service="webhook", kind="message_read", account="x", status=200, answered_at=MORNING)


def a_webhook_that_does_not_say_when_it_was_acknowledged(world):
    world.line(service="webhook", kind="message_read", account="x", status=200, ref="message_read:1")


def a_reply_that_does_not_say_who_wrote(world):
    account = world.find("account", "account-1")["unipile_account_id"]
    told = {"ref": "message_received:1", "answered_at": MORNING, "is_sender": False}
    world.line(service="webhook", kind="message_received", account=account, status=200, **told)


def words_that_cannot_be_read(world):
    world.ledger[0]["body"] = "--boundary"


def a_missing_column(world):
    world.dump = [row for row in world.dump if row["table"] != "enrollment"] + [
        {"table": "enrollment", "id": "enrollment-1", "lead_id": "lead-1", "campaign_id": "campaign-1"}
    ]


@pytest.mark.parametrize(
    "fault",
    [
        a_missing_number,
        an_effect_without_a_person,
        a_row_without_a_table,
        a_dangling_id,
        an_instant_without_an_offset,
        no_instant_of_the_dump,
        a_plan_of_something_else,
        a_webhook_without_a_ref,
        a_webhook_that_does_not_say_when_it_was_acknowledged,
        a_reply_that_does_not_say_who_wrote,
        words_that_cannot_be_read,
        a_missing_column,
    ],
)
def test_files_that_are_not_whole_are_no_evidence(world, tmp_path, capsys, fault):
    fault(world)

    code, said = run(capsys, *world.write(tmp_path))

    assert code == 2
    assert said.startswith("NO EVIDENCE: ")


@pytest.mark.parametrize("line", ["not json\n", "[]\n", '{"table": "event"'])
def test_a_dump_with_a_line_that_is_no_object_or_torn_is_no_evidence(world, tmp_path, capsys, line):
    arguments = world.write(tmp_path)
    with (tmp_path / "dump.jsonl").open("a") as dump:
        dump.write(line)

    assert run(capsys, *arguments)[0] == 2


def test_a_file_that_is_not_there_is_no_evidence(tmp_path, capsys):
    assert run(capsys, "--ledger", str(tmp_path / "a"), "--dump", str(tmp_path / "b"))[0] == 2


def test_the_judge_knows_nothing_but_the_standard_library():
    imported = set()
    for path in [HERE / "checker.py", *(HERE / "judge").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add(node.module.partition(".")[0])

    assert imported - sys.stdlib_module_names == {"judge"}
