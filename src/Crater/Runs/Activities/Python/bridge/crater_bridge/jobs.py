"""Which thread carries a request out, and how it is interrupted."""
import os
import signal
import sys
import threading

try:
    import ctypes
except ImportError:
    ctypes = None

# Unit: seconds. Four steps of this, then the one who asked decides; it waits longer than all of them.
STEP = 0.5


class Job:
    def __init__(self, number, work, beside):
        self.number = number
        self.work = work
        self.beside = beside
        self.thread = None
        self.children = frozenset()
        self.is_cut = False
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
        """Raises in the call, again and again; then its children; then says what became of it."""
        for step in range(4):
            if job.thread is not None:
                raise_in(job)
                if step > 0:
                    end_children(job, signal.SIGTERM if step == 1 else signal.SIGKILL)
            before = place_of(job)
            if job.over.wait(STEP):
                return
        moves = before is not None and before != place_of(job)
        with self.gate:
            is_owed = self.open.pop(job.number, None) is not None
        if is_owed:
            # A call that still moves swallows what is raised in it; one that stands still ends at its next step in Python, with what is pending there.
            self.answer({"id": job.number, "given_up": "moves" if moves else "blocked"})


def stopped(error, job):
    """What an end from outside means; anything else here is a defect of ours and named."""
    if job.is_cut:
        return {"cut": True}
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
    library = sys.modules.get("chaoslib.exceptions")
    kind = getattr(library, "ExperimentExitedException", KeyboardInterrupt) if not getattr(job, "was_asked", False) else KeyboardInterrupt
    job.was_asked = True
    if ctypes is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(job.thread.ident), ctypes.py_object(kind))


def place_of(job):
    frame = sys._current_frames().get(job.thread.ident) if job.thread is not None else None
    return None if frame is None else (id(frame), frame.f_lasti)


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
