"""A worker's life ends with its parent's, and its frames are safe from what is printed.

The parent starts a worker with three sockets or pipes: as standard input one on which nothing is ever sent, as standard
output a socket for frames, as standard error one for words.
"""

import fcntl
import os
import select
import signal
import socket
import sys


def claim_standard_files():
    """Takes input and output away from everything that prints or reads, and returns the socket for frames.

    What is printed, by Python or by a library, goes to standard error from here on; what is read is empty.
    """
    life, frames = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)
    end_with_parent(life)
    return socket.socket(fileno=frames)


def end_with_parent(life):
    """Has the kernel end this process when the other end of this file is closed, whatever Python is doing.

    A process that is killed cannot say goodbye, but its files are closed. The parent-death signal of Linux would not do:
    it is sent when the thread ends that started the worker, while the parent lives on.
    """
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(life, select.POLLIN)
    if poll.poll(0):
        os._exit(1)
