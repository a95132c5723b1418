"""Which thread carries a request out, and how it is interrupted."""
import os
import signal
import sys
import threading

try:
    import ctypes
except ImportError:
    ctypes = None

# A call that is interrupted has this many steps of this length to clean up after itself; whoever asked waits longer than all of them. Unit: seconds.
STEP = 0.5
STEPS = 6


class Job:
    def __init__(self, number, work, beside):
        self.number = number
        self.work = work
        self.beside = beside
        self.thread = None
        self.children = frozenset()
        self.is_cut = False
        # How often an interruption has arrived in it; none so far means that it stands still somewhere outside of Python.
        self.arrived = 0
        self.over = threading.Event()


class Jobs:
    """
    The main thread takes what is called in the foreground, because signals, event loops and thread-locals of extensions expect it, and because only there
    a call that sleeps can be woken. What comes while it is busy, and what runs beside the method, gets a thread of its own.
    """

    def __init__(self, answer, queue):
        self.answer = answer
        self.queue = queue
        self.gate = threading.Lock()
        self.open = {}
        self.main = None
        self.is_in_user_code = False

    def start(self, job):
        with self.gate:
            self.open[job.number] = job
            takes_main = not job.beside and self.main is None
            if takes_main:
                self.main = job
        if takes_main:
            self.queue.put(job)
        else:
            threading.Thread(target=self.carry_out, args=(job,), name="crater-%d" % job.number, daemon=True).start()

    def serve(self):
        """The main thread's loop. A signal may raise between any two lines of it, so that whatever is still owed is answered outside."""
        while True:
            try:
                job = self.queue.get()
                if job is None:
                    return
                self.carry_out(job)
            except (KeyboardInterrupt, SystemExit) as stop:
                job = self.main
                if job is not None:
                    self.finish(job, stopped(stop, job))

    def carry_out(self, job):
        job.thread = threading.current_thread()
        job.children = children_of(job.thread)
        on_main = job.thread is threading.main_thread()
        try:
            if job.is_cut:
                raise KeyboardInterrupt
            if on_main:
                self.is_in_user_code = True
            try:
                reply = job.work()
            finally:
                if on_main:
                    self.is_in_user_code = False
        except BaseException as stop:
            reply = stopped(stop, job)
        self.finish(job, reply)

    def finish(self, job, reply):
        with self.gate:
            if self.main is job:
                self.main = None
            is_owed = self.open.pop(job.number, None) is not None
        if job.is_cut:
            end_children(job, signal.SIGKILL)
        if is_owed:
            self.answer(dict(reply, id=job.number))
        job.over.set()

    def interrupt(self, number):
        with self.gate:
            job = self.open.get(number)
        if job is not None:
            job.is_cut = True
            threading.Thread(target=self.cut, args=(job,), daemon=True).start()

    def cut(self, job):
        """Raises in the call; ends the programs that it waits for; then says what became of it."""
        for step in range(STEPS):
            if job.thread is not None:
                if job.arrived == 0 or step == STEPS // 2 and job.thread is not threading.main_thread():
                    raise_in(job)
                if job.arrived == 0 and step > 0:
                    end_children(job, signal.SIGTERM if step == 1 else signal.SIGKILL)
            if job.over.wait(STEP):
                return
        with self.gate:
            is_owed = self.open.pop(job.number, None) is not None
        if is_owed:
            # What is raised in a call that goes on was swallowed. One that stands still ends at its next step in Python, with what is pending there.
            self.answer({"id": job.number, "given_up": "moves" if job.arrived else "blocked"})


def stopped(error, job):
    """What an end from outside means; anything else here is a defect of ours and named."""
    if job.is_cut:
        return {"cut": True}
    if job.beside and isinstance(error, (SystemExit, KeyboardInterrupt)):
        # Nobody is asked to leave from beside the method; signals are how code there ends a run.
        return {"failed": "%s: %s" % (type(error).__name__, error), "trace": []}
    if isinstance(error, SystemExit):
        return {"exit": error.code if isinstance(error.code, int) else 1, "reason": "exit signal: %s" % (error.code,)}
    if isinstance(error, KeyboardInterrupt):
        return {"exit": 2, "reason": "KeyboardInterrupt"}
    return {"failed": "%s: %s" % (type(error).__name__, error), "trace": []}


def raise_in(job):
    if job.thread is threading.main_thread():
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(job.thread.ident, signal.SIGINT)
        else:
            import _thread
            _thread.interrupt_main()
        return
    # Extensions know one class for this; who swallows it with all other failures gets what Ctrl-C raises.
    library = sys.modules.get("chaoslib.exceptions")
    kind = KeyboardInterrupt if job.arrived else getattr(library, "ExperimentExitedException", KeyboardInterrupt)

    def arrive(self, *rest):
        job.arrived += 1

    if ctypes is not None:
        counted = type(kind.__name__, (kind,), {"__init__": arrive, "__module__": kind.__module__})
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(job.thread.ident), ctypes.py_object(counted))


def children_of(thread):
    """The processes that this very thread started; none where the system does not tell."""
    try:
        with open("/proc/self/task/%d/children" % thread.native_id, "rb") as listed:
            return frozenset(int(child) for child in listed.read().split())
    except (OSError, ValueError, TypeError):
        return frozenset()


def end_children(job, how):
    for child in children_of(job.thread) - job.children if job.thread is not None else ():
        try:
            os.kill(child, how)
        except OSError:
            pass
