#!/usr/bin/python3
"""Much of everything at the same time, and for long.

load.py RUNTIME DIR PART N [SECONDS]

    many N        N containers at once: created, started, listed, deleted, by eight callers
    series N      N runs in a row; what they leave behind is counted
    race N S      16 callers create, start, exec, kill, delete and ask for N ids for S seconds

DIR holds the bundle "sleep" and the bundle "true". The parent is a subreaper (tests/e2e/lib/tool.py),
whose other children are what is left. Prints figures, and a line "not so: …" for everything that
must not be. Exit status: 1 then, else 0.
"""
import json
import os
import queue
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 120  # seconds for one command; nothing that is not stuck takes that long
CALLERS = 16

# What one caller may hear while another one works on the same id.
EXPECTED = {
    "create": r"already exists",
    "start": r"does not exist|cannot start|not running|already exists",
    "exec": r"does not exist|not running|cannot exec|is (created|creating|stopped|paused)",
    "kill": r"does not exist|not running|cannot kill",
    "state": r"does not exist",
    "delete": r"does not exist|cannot delete",
}


class Load:
    def __init__(self, runtime, work):
        self.runtime, self.work = runtime, work
        self.root = os.path.join(work, "state")
        self.prefix = f"load{os.getpid()}-"
        self.own = os.path.basename(runtime).startswith("rundlet")
        self.wrong = []
        self.lock = threading.Lock()

    def complain(self, text):
        with self.lock:
            self.wrong.append(text)
            if len(self.wrong) <= 20:
                print(f"not so: {text}", flush=True)

    def rt(self, *words, out=False):
        """Runs a command of the runtime: its status, and what it said on stderr or stdout."""
        # files: what goes on living must not keep a pipe open
        with tempfile.TemporaryFile(dir=self.work) as err, tempfile.TemporaryFile(dir=self.work) as o:
            try:
                status = subprocess.run([self.runtime, "--root", self.root, *words], stdin=subprocess.DEVNULL,
                                        stdout=o if out else subprocess.DEVNULL, stderr=err,
                                        timeout=DEADLINE, check=False).returncode
            except subprocess.TimeoutExpired:
                self.complain(f"{' '.join(words)} is stuck")
                return 124, "stuck"
            file = o if out and status == 0 else err
            file.seek(0)
            return status, file.read().decode(errors="replace")

    def must(self, *words, out=False):
        status, said = self.rt(*words, out=out)
        if status != 0:
            self.complain(f"{' '.join(words)}: status {status}: {said.strip()}")
        return said

    def status(self, name):
        """The status of a container; None: there is none."""
        status, said = self.rt("state", name, out=True)
        if status != 0:
            if self.own and not re.search(EXPECTED["state"], said):
                self.complain(f"state {name}: {said.strip()}")
            return None
        try:
            return json.loads(said)["status"]
        except (ValueError, KeyError):
            self.complain(f"state {name} prints {said!r}")
            return None

    def expect(self, name, *wanted):
        is_now = self.status(name)
        if is_now not in wanted:
            self.complain(f"container {name} is {is_now}, not {' or '.join(map(str, wanted))}")

    def eventually(self, what, true):
        end = time.monotonic() + DEADLINE
        while not true():
            if time.monotonic() > end:
                self.complain(what())
                return
            time.sleep(0.05)

    # --- what is left ---

    def processes(self):
        reaper = os.environ["E2E_REAPER"]
        with open(f"/proc/{reaper}/task/{reaper}/children", encoding="ascii") as f:
            return [p for p in f.read().split() if p != str(os.getpid())]

    def cgroups(self):
        return [d for _, names, _ in os.walk("/sys/fs/cgroup") for d in names if self.prefix in d]

    def keys(self):
        with open("/proc/keys", encoding="utf-8", errors="replace") as f:
            return [line for line in f if self.prefix in line]

    def mounts(self):
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as f:
            return [line for line in f if self.work in line]

    def states(self):
        return os.listdir(self.root) if os.path.isdir(self.root) else []

    def nothing_left(self):
        for name in ("processes", "cgroups", "keys", "mounts", "states"):
            look = getattr(self, name)
            self.eventually(lambda n=name, l=look: f"{n} are left: {l()[:5]}", lambda l=look: not l())

    # --- parts ---

    def each(self, items, callers, work):
        """Calls work with each item, by so many threads; the seconds it took."""
        todo = queue.SimpleQueue()
        for item in items:
            todo.put(item)

        def caller():
            while True:
                try:
                    item = todo.get_nowait()
                except queue.Empty:
                    return
                work(item)

        start = time.monotonic()
        threads = [threading.Thread(target=caller) for _ in range(callers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return time.monotonic() - start

    def many(self, n):
        bundle = os.path.join(self.work, "sleep")
        names = [f"{self.prefix}{i}" for i in range(n)]
        took = {}
        took["create"] = self.each(names, 8, lambda c: self.must("create", "--bundle", bundle, c))
        took["start"] = self.each(names, 8, lambda c: self.must("start", c))
        took["state"] = self.each(names, 8, lambda c: self.expect(c, "running"))
        listed = self.must("list", "--quiet", out=True).split()
        if sorted(listed) != sorted(names):
            self.complain(f"list prints {len(listed)} of {n} containers")
        took["delete"] = self.each(names, 8, lambda c: self.must("delete", "--force", c))
        print(f"many: {n} containers; ms each:",
              ", ".join(f"{k} {v * 1000 / n:.2f}" for k, v in took.items()), flush=True)

    def memory(self):
        with open("/proc/meminfo", encoding="ascii") as f:
            values = dict(line.split(":") for line in f)
        return {k: int(values[k].split()[0]) // 1024 for k in ("MemAvailable", "Slab")}

    def series(self, n):
        bundle = os.path.join(self.work, "true")
        before, start = self.memory(), time.monotonic()
        for i in range(n):
            self.must("run", "--bundle", bundle, f"{self.prefix}{i}")
            if self.wrong:
                return
        took = time.monotonic() - start
        after = self.memory()
        print(f"series: {n} runs, {took * 1000 / n:.2f} ms each; MiB:",
              ", ".join(f"{k} {before[k]} to {after[k]}" for k in before), flush=True)

    def alone(self, name, bundle):
        """A life with nobody else near: every status is known."""
        self.must("create", "--bundle", bundle, name)
        self.expect(name, "created")
        if self.rt("create", "--bundle", bundle, name)[0] == 0:
            self.complain(f"{name} was created twice")
        self.must("start", name)
        self.expect(name, "running")
        self.must("exec", name, "/bin/busybox", "true")
        self.must("kill", name, "KILL")
        self.eventually(lambda: f"{name} does not stop", lambda: self.status(name) == "stopped")
        self.must("delete", name)
        self.expect(name, None)

    def together(self, name, bundle, dice):
        verb = dice.choice(list(EXPECTED))
        words = {
            "create": ("create", "--bundle", bundle, name),
            "exec": ("exec", name, "/bin/busybox", "true"),
            "kill": ("kill", name, "KILL"),
            "delete": ("delete", "--force", name),
        }.get(verb, (verb, name))
        status, said = self.rt(*words)
        # what was executed may be killed with the container
        ended = verb == "exec" and not said
        if status and self.own and not ended and not re.search(EXPECTED[verb], said):
            self.complain(f"{' '.join(words)}: status {status}: {said.strip()}")
        return verb, status

    def race(self, n, seconds):
        bundle = os.path.join(self.work, "sleep")
        names = [f"{self.prefix}{i}" for i in range(n)]
        locks = {name: threading.Lock() for name in names[: n // 2]}
        counts, end = {}, time.monotonic() + seconds

        def caller(number):
            dice = random.Random(number)
            while time.monotonic() < end:
                name = dice.choice(names)
                if name not in locks:
                    verb, status = self.together(name, bundle, dice)
                    done = f"{verb} {'failed' if status else 'done'}"
                elif locks[name].acquire(blocking=False):
                    try:
                        self.alone(name, bundle)
                    finally:
                        locks[name].release()
                    done = "lives"
                else:
                    continue
                with self.lock:
                    counts[done] = counts.get(done, 0) + 1

        self.each(range(CALLERS), CALLERS, caller)
        self.each(names, 8, lambda c: self.must("delete", "--force", c))
        print(f"race: {CALLERS} callers, {n} ids, {seconds} s:",
              ", ".join(f"{v} {k}" for k, v in sorted(counts.items())), flush=True)


def main(argv):
    load = Load(argv[1], argv[2])
    getattr(load, argv[3])(*(int(n) for n in argv[4:]))
    load.nothing_left()
    sys.exit(1 if load.wrong else 0)


if __name__ == "__main__":
    main(sys.argv)
