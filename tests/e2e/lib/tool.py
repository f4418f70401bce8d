#!/usr/bin/python3
"""What the suites cannot do in shell.

tool.py reap CMD…            run CMD as child subreaper: orphans below it become our children,
                             and are killed at the end
tool.py console SOCK OUT     be the other end of --console-socket: OUT gets what the pty says,
                             OUT.fds the number of descriptors received, OUT.name the payload
tool.py pty [options] OUT CMD…
                             run CMD in the foreground of a fresh pty, OUT gets what it prints and
                             OUT.info status=, raw= and restored=
tool.py under PID            in the mount namespace of PID: take the root off, and say what is mounted in
                             the one below it, "TYPE POINT" a line
tool.py swap A B COUNT       exchange the two names all the time; how often it worked is in COUNT when the
                             process is told to end (SIGTERM)
"""
import argparse
import array
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import termios
import time

PR_SET_CHILD_SUBREAPER = 36


def code(status):
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def reap(argv):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("cannot become a subreaper")
    os.environ["E2E_REAPER"] = str(os.getpid())
    child = os.fork()
    if child == 0:
        os.environ["E2E_MAIN"] = str(os.getpid())
        # Python ignores these two, and what is ignored stays ignored over execve
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    while True:
        pid, status = os.wait()
        if pid == child:
            break
    # the tests have said what was left behind; it shall not outlive them
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as f:
        for pid in f.read().split():
            os.kill(int(pid), signal.SIGKILL)
    sys.exit(code(status))


def pump(fd, out, deadline, on_data=lambda seen: None):
    """Copies fd to out until it hangs up; on_data gets all that was read so far."""
    seen = b""
    while time.time() < deadline:
        ready, _, _ = select.select([fd], [], [], 0.2)
        if not ready:
            on_data(seen)
            continue
        try:
            data = os.read(fd, 4096)
        except OSError:
            return True
        if not data:
            return True
        seen += data
        out.write(data)
        out.flush()
        on_data(seen)
    return False


def console(argv):
    p = argparse.ArgumentParser(prog="console")
    p.add_argument("--mark", default="", help="text that the pty says before --send")
    p.add_argument("--send", default="", help="what to type then")
    p.add_argument("--after", default="", help="connections are accepted once this file is there")
    p.add_argument("sock")
    p.add_argument("out")
    a = p.parse_args(argv)
    signal.alarm(30)
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind(a.sock)
    s.listen(1)
    while a.after and not os.path.exists(a.after):
        time.sleep(0.02)
    conn, _ = s.accept()
    fds = array.array("i")
    payload, ancillary, _, _ = conn.recvmsg(4096, socket.CMSG_LEN(16 * fds.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    with open(a.out + ".fds", "w") as f:
        f.write(str(len(fds)))
    with open(a.out + ".name", "wb") as f:
        f.write(payload)
    if not fds:
        sys.exit("no descriptor came")
    sent = []

    def at_mark(seen):
        if a.send and not sent and a.mark.encode() in seen:
            sent.append(os.write(fds[0], a.send.encode().decode("unicode_escape").encode()))

    with open(a.out, "wb") as out:
        pump(fds[0], out, time.time() + 25, at_mark)


def set_size(fd, size):
    rows, cols = (int(x) for x in size.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def pty_run(argv):
    p = argparse.ArgumentParser(prog="pty")
    p.add_argument("--size", default="24x80")
    p.add_argument("--mark", default="", help="text that CMD prints before --send, --resize, --signal")
    p.add_argument("--send", default="", help="typed at the mark")
    p.add_argument("--resize", default="", help="window size from the mark on")
    p.add_argument("--signal", default="", help="sent to CMD at the mark")
    p.add_argument("out")
    p.add_argument("cmd", nargs=argparse.REMAINDER)
    a = p.parse_args(argv)
    master, slave = os.openpty()
    set_size(slave, a.size)
    before = termios.tcgetattr(slave)
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.closerange(3, 256)
        os.execvp(a.cmd[0], a.cmd)
    info = {"raw": "unknown"}
    done = []

    def at_mark(seen):
        if done or a.mark.encode() not in seen:
            return
        done.append(1)
        time.sleep(0.1)
        lflag = termios.tcgetattr(slave)[3]
        info["raw"] = "no" if lflag & (termios.ICANON | termios.ECHO | termios.ISIG) else "yes"
        if a.resize:
            set_size(master, a.resize)
        if a.send:
            os.write(master, a.send.encode().decode("unicode_escape").encode())
        if a.signal:
            os.kill(child, getattr(signal, "SIG" + a.signal))

    pid, status, seen, deadline = 0, 0, b"", time.time() + 25
    with open(a.out, "wb") as out:
        while time.time() < deadline:
            ready, _, _ = select.select([master], [], [], 0.02)
            if ready:
                data = os.read(master, 4096)
                seen += data
                out.write(data)
                at_mark(seen)
            elif pid:
                break
            if not pid:
                pid, status = os.waitpid(child, os.WNOHANG)
    if not pid:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        info["status"] = "timeout"
    else:
        info["status"] = str(code(status))
    info["restored"] = "yes" if termios.tcgetattr(slave) == before else "no"
    with open(a.out + ".info", "w") as f:
        for k, v in info.items():
            f.write(f"{k}={v}\n")


def swap(argv):
    libc = ctypes.CDLL(None)
    a, b = argv[0].encode(), argv[1].encode()
    done = []
    signal.signal(signal.SIGTERM, lambda *_: done.append(1))
    times = 0
    while not done and os.getppid() != 1:
        # AT_FDCWD, RENAME_EXCHANGE
        times += libc.renameat2(-100, a, -100, b, 2) == 0
    with open(argv[2], "w") as f:
        f.write(f"{times}\n")


def check(result, what):
    if result < 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


def under(argv):
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    ns = {}
    for name in ("user", "mnt"):
        theirs = f"/proc/{argv[0]}/ns/{name}"
        if os.readlink(theirs) != os.readlink(f"/proc/self/ns/{name}"):
            ns[name] = os.open(theirs, os.O_RDONLY)
    for fd in ns.values():
        check(libc.setns(fd, 0), "setns")
    check(libc.umount2(b"/", 2), "umount2")  # MNT_DETACH
    check(libc.setns(ns["mnt"], 0), "setns")
    top = {}
    with open(os.open("mountinfo", os.O_RDONLY, dir_fd=own), encoding="utf-8") as f:
        for line in f:
            fields, rest = line.split(" - ")
            top[fields.split()[4]] = rest.split()[0]
    for point, kind in sorted(top.items()):
        print(kind, point)


if __name__ == "__main__":
    {"reap": reap, "console": console, "pty": pty_run, "under": under, "swap": swap}[sys.argv[1]](sys.argv[2:])
