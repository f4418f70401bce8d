"""What the experiments with user namespaces are made of. The tests run them inside containers, after
`from experiment import *`. Every function is one system call, or one look at /proc."""
import ctypes
import errno
import os
import signal
import sys

NEWNS, NEWUSER, NEWPID, NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
NEWUTS, NEWIPC = 0x4000000, 0x8000000
NS_GET_PARENT = 0xB702
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
REBOOT_RESTART, REBOOT_HALT = 0x1234567, 0xCDEF0123
SYS_CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def result(r):
    """0, a positive result, or the name of the error."""
    return r if r >= 0 else errno.errorcode[ctypes.get_errno()]


def tell(*words):
    """One write, so that what parent and child say does not mix."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def caps(pid="self"):
    """Inheritable, permitted, effective, bounding and ambient: - for none, all, or the bits."""
    full = (1 << int(text("/proc/sys/kernel/cap_last_cap")) + 1) - 1
    sets = [int(line.split()[1], 16) for line in open("/proc/%s/status" % pid) if line.startswith("Cap")]
    return " ".join({0: "-", full: "all"}.get(s, "%x" % s) for s in sets)


def text(path):
    with open(path) as f:
        return " ".join(f.read().split())


def write(path, what):
    """One write(2) to a file of /proc: what it came to."""
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError as e:
        return errno.errorcode[e.errno]
    try:
        return os.write(fd, what.encode()) and 0
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        os.close(fd)


def map_self(uid, gid=None):
    """This process becomes uid and gid of its new user namespace."""
    outside = os.environ["OUTSIDE"].split()
    return [write("/proc/self/uid_map", "%d %s 1" % (uid, outside[0])), write("/proc/self/setgroups", "deny"),
            write("/proc/self/gid_map", "%d %s 1" % (uid if gid is None else gid, outside[1]))]


def unshare(flags):
    return result(libc.unshare(flags))


def setns(pid, kind="user"):
    """Into the namespace of a process, or of an open file."""
    try:
        fd = pid if kind is None else os.open("/proc/%s/ns/%s" % (pid, kind), os.O_RDONLY)
    except OSError as e:
        return errno.errorcode[e.errno]
    return result(libc.setns(fd, 0))


def above(fd):
    """The namespace above the one that is open (ioctl_ns(2))."""
    return result(libc.ioctl(fd, ctypes.c_ulong(NS_GET_PARENT)))


def clone(flags, child):
    """A child that runs this function and waits until it is told to end; its pid once it has begun to wait."""
    ready, done = os.pipe()
    hold, go = os.pipe()
    pid = libc.syscall(SYS_CLONE, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if pid < 0:
        return result(pid)
    if pid == 0:
        os.close(go)
        child()
        os.write(done, b".")
        os.read(hold, 1)
        os._exit(0)
    os.close(hold)
    os.close(done)
    os.read(ready, 1)
    return pid


def wait(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def mount(source, target, kind, flags=0, data=None):
    return result(libc.mount(*(None if s is None else s.encode() for s in (source, target, kind)), flags,
                             None if data is None else data.encode()))


def umount(target):
    return result(libc.umount2(target.encode(), 0))


def reboot(how):
    return result(libc.reboot(ctypes.c_int(how)))


os.environ["OUTSIDE"] = "%d %d" % (os.getuid(), os.getgid())
# nobody waits for an experiment that went another way for ever
signal.signal(signal.SIGALRM, lambda *_: os._exit(99))
signal.alarm(120)
