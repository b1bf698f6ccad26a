"""Many sequences with Dask: two real workers, killed and resumed, over TLS, of other versions."""

from __future__ import annotations

import datetime
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest

import rnncalc
from rnncalc.errors import RnncalcError
from rnncalc.many import blocks as cutting
from rnncalc.many import cluster

if find_spec("distributed"):
    import distributed

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed"),
]

CODE = """
import time
from rnncalc.many import blocks, cluster
from rnncalc.cli import command

def slowly(asked, future, answer=cluster._Cluster.answer):
    time.sleep(0.2)
    return answer(asked, future)

blocks.SEQUENCES, cluster.ANSWERS, cluster.ENOUGH, cluster._Cluster.answer = 20, 2, 0, slowly
command()
"""
"""The command with blocks of 20 sequences, a task each, with time to kill it between them, and
with little patience."""

random = np.random.default_rng(8)
NET = {
    "cell": "lstm",
    "W_x": {gate: random.normal(size=(8, 3)).tolist() for gate in "ifgo"},
    "W_h": {gate: (random.normal(size=(8, 8)) / 3).tolist() for gate in "ifgo"},
    "bias": {gate: random.normal(size=8).tolist() for gate in "ifgo"},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a network, 200 files of 50 to 500 steps, and what the plain loop makes."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "data").mkdir()
    (folder / "m.json").write_text(json.dumps(NET))
    for i in range(200):
        x = random.normal(size=(random.integers(50, 500), 3)).round(4)
        np.savetxt(folder / f"data/s{i:03d}.csv", x, fmt="%.4f", delimiter=",")
    plain = subprocess.run(words("plain/"), cwd=folder, capture_output=True, text=True)
    assert (plain.returncode, plain.stderr) == (0, "")
    return folder


@pytest.fixture
def here(place, monkeypatch):
    """That folder as the working folder; blocks are of 20."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(cutting, "SEQUENCES", 20)
    return place


@pytest.fixture(scope="module")
def client(place):
    """Two workers on this machine, started by the test's process."""
    before = os.getcwd()
    os.chdir(place)
    with cluster.local(2) as client:
        os.chdir(before)
        yield client


@pytest.fixture
def engine(client):
    """They compute for ``run_many``."""
    return partial(cluster.computed, lambda: nullcontext(client))


def words(to, *more):
    """A command line."""
    return [sys.executable, "-c", CODE, "m.json", "-x", "data/*.csv", "-o", to, "-f", "npy", *more]


def contents(folder):
    """The bytes of every file, but for the manifest."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name[0] != "."}


def blocks_in(folder):
    """How many blocks of it are there whole, if it has one name after the other."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sum(name[0] != "." for name in names) // 20


@contextmanager
def started(to, *more, env=None):
    """A command in a session of its own, in the middle of its work: a block more is there."""
    before = blocks_in(to)
    running = subprocess.Popen(words(to, *more), stderr=subprocess.PIPE, start_new_session=True,
                               env={**os.environ, **(env or {})})  # fmt: skip
    while running.poll() is None and blocks_in(to) <= before:
        time.sleep(0.001)
    with running:
        yield running


def test_killed_interrupted_and_resumed_gives_the_same_bytes(here):
    """Two workers and SIGKILL, one worker and Ctrl-C, and the rest by the plain loop."""
    with started("resumed/", "--resume", "--workers", "2") as killed:
        killed.kill()
    assert killed.wait() == -signal.SIGKILL
    with started("resumed/", "--resume", "--workers", "1") as interrupted:
        os.killpg(interrupted.pid, signal.SIGINT)
        said = interrupted.stderr.read()
    assert (interrupted.wait(), said.count(b"\n") <= 1) == (130, True), said
    there = len(contents("resumed"))
    last = subprocess.run(words("resumed/", "--resume"), capture_output=True, text=True)

    assert 40 <= there < 200
    assert "computed now: " in last.stderr
    assert contents("resumed") == contents("plain")


def test_a_file_that_cannot_be_read_is_named_and_the_others_have_the_same_bytes(here, engine):
    """In the words of the plain loop."""
    bad = Path("data/s999.csv")
    bad.write_text("1,2,3\n4,x,6\n")
    model = rnncalc.load("m.json")
    both = [
        rnncalc.run_many(model, "data/*.csv", to, format="npy", engine=who)
        for to, who in (("one/", None), ("two/", engine))
    ]
    bad.unlink()

    assert both[0] == both[1]
    assert both[1].failed[200].startswith("data/s999.csv:2: column 2")
    assert contents("two") == contents("plain")


def test_a_worker_that_dies_loses_nothing(here, client, engine, monkeypatch):
    """SIGKILL of one worker, then of both: their blocks are computed again."""
    monkeypatch.setattr(cluster, "ENOUGH", 0)  # a task a block: time passes between the two

    def killing(blocks, total):
        for number, done in enumerate(blocks):
            yield done
            if number in (1, 5):  # one of them, and later both
                for pid in list(client.run(os.getpid).values())[: 1 + number // 5]:
                    os.kill(pid, signal.SIGKILL)

    report = rnncalc.run_many(rnncalc.load("m.json"), "data/*.csv", "died/", format="npy",
                              engine=engine, followed=killing)  # fmt: skip

    assert (report.done, report.failed) == (200, {})
    assert contents("died") == contents("plain")
    client.wait_for_workers(2)


def test_lines_come_in_order_and_nan_is_named(here, engine):
    """Lines on stdout are those of the plain loop; the report says who has NaN."""
    model, x = rnncalc.load("m.json"), random.normal(size=(50, 5, 3))
    x[17, 2, 1] = np.nan
    np.save("x.npy", x)
    for to, who in (("plain.csv", None), ("dask.csv", engine)):
        report = rnncalc.run_many(model, "x.npy", to, engine=who)
        assert [*report.not_finite] == [17]

    assert Path("plain.csv").read_bytes() == Path("dask.csv").read_bytes()


def test_a_worker_takes_its_blocks_in_the_order_in_which_they_are_kept(here, client, monkeypatch):
    """Else the first is waited for while the others are done and nothing follows them."""
    sent = []

    def noted(*what, **how):
        sent.append(future := submit(*what, **how))
        return future

    submit = client.submit
    monkeypatch.setattr(client, "submit", noted)
    monkeypatch.setattr(cluster, "ENOUGH", 0)  # a task a block
    engine = partial(cluster.computed, partial(nullcontext, client))
    with distributed.get_task_stream(client) as stream:
        rnncalc.run_many(rnncalc.load("m.json"), random.normal(size=(240, 400, 3)), "order.npy",
                         engine=engine)  # fmt: skip
    places = {future.key: place for place, future in enumerate(sent)}
    taken = sorted(stream.data, key=lambda task: task["startstops"][-1]["start"])
    assert len(taken) == len(sent) == 1 + 240 // 20
    for who in client.nthreads():
        own = [places[task["key"]] for task in taken if task["worker"] == who]
        assert own[1:] == sorted(own[1:])  # the first is any of those that waited for the model


def test_blocks_that_are_soon_over_go_together():
    """As many as take a task's time, but of no more bytes than one block may have."""
    sizes = [1] * 8 + [cutting.BYTES] * 2 + [1]
    blocks = [range(start, start + 1) for start in range(11)]
    asked = cluster._Cluster(None)
    tasks = asked.tasks(iter(blocks), sizes)
    assert [next(tasks) for _ in range(2)] == [blocks[:1], blocks[1:2]]

    for seconds, result, together in ((0.125, "", 4), (1.0, "", 1), (0.01, "." * cutting.BYTES, 1)):
        answer = pickle.dumps(([result, result], seconds))
        asked.answer(SimpleNamespace(result=lambda answer=answer: answer))
        assert asked.together == together
    asked.together = 4
    assert [*tasks] == [blocks[2:6], blocks[6:8], blocks[8:9], blocks[9:10], blocks[10:]]


@pytest.mark.parametrize(
    ("change", "back", "said"),
    [
        (
            "c.was, c.__version__ = c.__version__, '9.9'",
            "c.__version__ = c.was",
            f"has rnncalc 9.9, this client {rnncalc.__version__}",
        ),
        ("sys.modules[c.__name__] = None", "sys.modules[c.__name__] = c", "has no rnncalc"),
    ],
    ids=["other", "none"],
)
def test_a_worker_of_another_version_is_refused(here, client, engine, change, back, said):
    """Or one without rnncalc: which, and what is there and here."""
    np.save("x.npy", random.normal(size=(9, 5, 3)))
    one = [*client.nthreads()][:1]
    client.run(exec, f"import sys; sys.c = c = sys.modules['rnncalc.many.cluster']; {change}",
               workers=one)  # fmt: skip
    with pytest.raises(RnncalcError, match=rf"the worker tls://[\d.:]+ {said}"):
        rnncalc.run_many(rnncalc.load("m.json"), "x.npy", "version.npy", engine=engine)
    client.run(exec, f"import sys; c = sys.c; {back}", workers=one)

    given = cluster.Given(None, None, {"rnncalc": "7"})  # as who comes later is asked
    asked = cluster._Cluster(client, "; --resume goes on")
    ours = f"rnncalc {rnncalc.__version__}"
    with pytest.raises(
        RnncalcError, match=rf"the worker tls://[\d.:]+ has {ours}, this client 7.*; --re"
    ):
        asked.answer(asked.send(cluster.task, given, []))


class Gone:
    """A client of a cluster with a worker that is gone when it is asked, or a scheduler, too."""

    scheduler = None

    def __init__(self, *, scheduler):
        self.there = scheduler

    def run(self, function, on_error):
        return {"tcp://a": function(), "tcp://b": OSError("closed")}

    def run_on_scheduler(self, function):
        if not self.there:
            raise OSError("closed")
        return function()


def test_no_page_of_a_cluster_of_its_own_is_served_without_being_asked_for(client):
    """What Dask tells of a run is read without TLS: there is nothing to read."""
    port = client.scheduler_info()["services"]["dashboard"]
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"http://127.0.0.1:{port}/info/main/workers.html")


def test_who_is_gone_when_asked_has_no_other_version():
    """A worker is asked no more; of a scheduler it is said that it is lost."""
    cluster.refuse_others(Gone(scheduler=True))
    lost = Gone(scheduler=False)
    said = pytest.raises(RnncalcError, match=r"the scheduler at \? is lost")
    with said, cluster._Cluster(lost).told():
        cluster.refuse_others(lost)


CHUNKS = [((33, 30, 7), (11, 29), 1), (24, 40, 1), ((0, 69, 1), -1, -1)]


@pytest.mark.parametrize("chunks", CHUNKS, ids=["uneven", "features", "empty"])
def test_dask_arrays_are_computed_lazily_with_the_same_bits(here, chunks):
    """Whatever their chunks are: the bits of ``run_many``; also of the final state, of a choice of
    sequences that only a run finds, and of what is padded."""
    array, model = pytest.importorskip("dask.array"), rnncalc.load("m.json")
    from rnncalc.cluster import run

    x, lengths = np.random.default_rng(5).normal(size=(70, 40, 3)), np.arange(70) % 40 + 1
    expected = np.array([one.h for one in rnncalc.together(model, x)])
    chunked = array.from_array(x, chunks=chunks)
    found = run(model, chunked, show=["h", "final.c"])
    h, c = found["layer0.forward.h"], found["layer0.forward.final.c"]
    some = run(model, chunked[chunked[:, 0, 0] > 0], show=["h"])["layer0.forward.h"]
    padded = run(model, chunked, lengths=lengths)["layer0.forward.h"].compute(scheduler="sync")

    assert (h.chunks[1:], h.dtype, c.shape) == (((40,), (8,)), np.float64, (70, 8))
    assert h.compute(scheduler="threads").tobytes() == expected.tobytes()
    assert some.compute(scheduler="sync").tobytes() == expected[x[:, 0, 0] > 0].tobytes()
    alone = rnncalc.together(model, [one[:n] for one, n in zip(x, lengths, strict=True)])
    for one, n, trace in zip(padded, lengths, alone, strict=True):
        assert (one[:n].tobytes(), one[n:].any()) == (trace.h.tobytes(), False)
    last = rnncalc.run(model, x).layers[0].forward.final["c"]
    np.testing.assert_allclose(c.compute(scheduler="sync"), last, atol=1e-13)


def test_a_model_is_once_in_the_graph_of_dask(here, client):
    """Whatever the number of blocks, also when it is optimized; the workers give the same bits."""
    array, dask = pytest.importorskip("dask.array"), pytest.importorskip("dask")
    from rnncalc.cluster import run

    weights = random.normal(size=(100, 100)) / 20
    model = rnncalc.load({"W_x": weights[:, :3].tolist(), "W_h": weights.tolist()})
    x = random.normal(size=(60, 3, 3))
    one = run(model, array.from_array(x, chunks=(10, -1, -1)), show=["final.h"])
    found = one["layer0.forward.final.h"] + 0
    tasks = dict(dask.optimize(found)[0].__dask_graph__()).values()

    assert sum(len(pickle.dumps(task)) for task in tasks) < 2 * weights.nbytes
    here_ = found.compute(scheduler="sync")
    assert client.compute(found).result().tobytes() == here_.tobytes()


def test_what_dask_cannot_run_is_said(here):
    """By its name, when the graph is made; of a sequence in it by its number, when it runs."""
    array, model = pytest.importorskip("dask.array"), rnncalc.load("m.json")
    from rnncalc.cluster import run

    x = array.zeros((9, 5, 3), chunks=(2, 2, 2))
    unknown = x[x[:, 0, 0] > 0]
    for wrong, said in (
        ({"x": np.zeros((9, 5, 3))}, r"x is a numpy.ndarray: make it an array of dask: dask.array"),
        ({"x": x[0]}, r"has shape \(5, 3\), expected \(sequences, timesteps, features\)"),
        ({"x": x[:, :, :2]}, "^x has 5 timesteps of 2 features, but W_x takes 3"),
        ({"x": x.astype("c8")}, "x holds complex64, not real numbers"),
        ({"x": x[:, unknown[:, 0, 0].astype(int)]}, "only the number of sequences may be unknown"),
        ({"x": unknown, "lengths": [1]}, r"lengths need x to have known sizes"),
        ({"x": x, "lengths": [1, 2]}, "has 2 numbers, expected 9"),
        ({"x": x, "lengths": x[:3, 0, 0]}, r"lengths has shape \(3,\), expected \(9,\)"),
    ):
        with pytest.raises(RnncalcError, match=said):
            run(model, **wrong)
    with pytest.raises(RnncalcError, match=r"^dtype 'int' is not known\. There are: "):
        run(model, x, dtype="int")
    ids = array.from_array(np.array([[0], [1], [7]]), chunks=(2, 1))
    model = rnncalc.load({**NET, "embedding": {"weights": [[1, 2, 3], [4, 5, 6]]}})
    with pytest.raises(RnncalcError, match=r"^sequence 2: x has 7, expected ids 0 to 1"):
        run(model, ids)["layer0.forward.h"].compute(scheduler="sync")


def test_a_running_cluster_over_tls_and_its_scheduler_lost(here, tmp_path):
    """Workers in another folder compute; without the scheduler a line, exit code 2; resumed."""
    env = {**os.environ, **certified(tmp_path)}
    with running(tmp_path, env) as (scheduler, address):
        with started("lost/", "--scheduler", address, env=env) as client:
            scheduler.kill()
            said = client.stderr.read().decode()
        assert client.wait() == 2
        assert said == f"Error: the scheduler at {address} is lost; --resume goes on\n"
    model = rnncalc.load("m.json")
    report = rnncalc.run_many(model, "data/*.csv", "lost/", format="npy", resume=True)
    assert report.before >= 20
    assert contents("lost") == contents("plain")


@contextmanager
def running(folder, env):
    """A scheduler and two workers, as somebody else would have started them."""
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    how = {"cwd": folder, "env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    common = ["--scheduler-file", str(file)]
    scheduler = [*dask, "scheduler", "--host", "tls://127.0.0.1:0", "--no-dashboard", *common]
    worker = [*dask, "worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *common]
    started = [subprocess.Popen(one, **how) for one in (scheduler, worker, worker)]
    try:
        while not file.exists() or not file.read_bytes().endswith(b"}"):
            time.sleep(0.05)
        yield started[0], json.loads(file.read_text())["address"]
    finally:
        for one in started[1:]:
            one.terminate()
        started[0].kill()
        for one in started:
            one.wait()


def certified(folder):
    """Dask's configuration with a certificate that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rnncalc test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    (folder / "c.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "k.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption())
    )  # fmt: skip
    both = {"CERT": str(folder / "c.pem"), "KEY": str(folder / "k.pem")}
    start = "DASK_DISTRIBUTED__COMM__TLS__"
    whose = {f"{start}{who}__{what}": path for who in ("CLIENT", "SCHEDULER", "WORKER")
             for what, path in both.items()}  # fmt: skip
    return {f"{start}CA_FILE": both["CERT"], **whose}


def test_where_nobody_answers_it_says_so(here, cli, monkeypatch):
    """The address, and why; what is no address is refused at once."""
    monkeypatch.setattr(cluster, "ANSWERS", 0.3)
    done = cli("m.json", "-x", "data/*.csv", "-o", "n/", "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == 2
    assert "--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there" in done.err
    assert done.err.endswith("; --resume goes on\n")
    wrong = cli("m.json", "-x", "data/*.csv", "-o", "n2/", "--scheduler", "http://a:1")
    unsure = cli("m.json", "-x", "data/*.csv", "-o", "n3/", "--scheduler", "tls://127.0.0.1:9")
    assert "for tls:// Dask's configuration must have distributed.comm.tls.ca-file" in unsure.err
    assert wrong.err.endswith("http://a:1: expected tcp://HOST:PORT or tls://HOST:PORT\n")
