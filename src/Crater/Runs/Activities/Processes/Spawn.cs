using System.Runtime.InteropServices;
using System.Text;

namespace Crater.Runs.Activities.Processes;

/// <summary>Starts a program by posix_spawn, which neither copies this process' memory nor makes threads wait for each other.</summary>
internal static unsafe class Spawn
{
    /// <summary>What the system gave: the child and the reading ends of its two outputs, which do not block.</summary>
    public readonly record struct Started(int Pid, int Output, int Error);

    /// <summary>
    /// The program stays in this process' group, so that Ctrl-C at a terminal reaches it as well; its standard input is empty. Nothing but its three
    /// standard descriptors is inherited that this process opened for itself.
    /// </summary>
    /// <exception cref="NotStartedException">It is no program, or there is no room for it.</exception>
    public static Started Start(Command command)
    {
        Span<int> ends = stackalloc int[4];
        OpenPipes(ends);
        try
        {
            var pid = Start(command, ends[1], ends[3]);
            return new Started(pid, ends[0], ends[2]);
        }
        catch
        {
            _ = Libc.Close(ends[0]);
            _ = Libc.Close(ends[2]);
            throw;
        }
        finally
        {
            _ = Libc.Close(ends[1]);
            _ = Libc.Close(ends[3]);
        }
    }

    private static void OpenPipes(Span<int> ends)
    {
        fixed (int* both = ends)
        {
            if (Libc.Pipe(both, Libc.CloseOnExec) != 0)
            {
                throw Failed(Marshal.GetLastPInvokeError());
            }

            if (Libc.Pipe(both + 2, Libc.CloseOnExec) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                _ = Libc.Close(both[0]);
                _ = Libc.Close(both[1]);
                throw Failed(error);
            }

            // Only our ends must not block; what the program writes to is its own matter.
            const int SetStatusFlags = 4;
            _ = Libc.FileControl(both[0], SetStatusFlags, Libc.NonBlocking);
            _ = Libc.FileControl(both[2], SetStatusFlags, Libc.NonBlocking);
        }
    }

    private static int Start(Command command, int output, int error)
    {
        using var texts = new ZeroEnded(command);
        var actions = stackalloc byte[Libc.OpaqueSize];
        var attributes = stackalloc byte[Libc.OpaqueSize];
        var signals = stackalloc byte[Libc.OpaqueSize];
        _ = Libc.InitActions(actions);
        _ = Libc.InitAttributes(attributes);
        try
        {
            fixed (byte* nothing = "/dev/null\0"u8)
            {
                _ = Libc.AddOpen(actions, 0, nothing, 0, 0);
            }

            _ = Libc.AddDuplicate(actions, output, 1);
            _ = Libc.AddDuplicate(actions, error, 2);
            _ = Libc.EmptySignals(signals);
            _ = Libc.SetSignalMask(attributes, signals);
            _ = Libc.AddSignal(signals, Libc.SigPipe);
            _ = Libc.SetDefaultSignals(attributes, signals);
            _ = Libc.SetFlags(attributes, Libc.SpawnFlags);
            int pid;
            var failure = Libc.Spawn(&pid, texts.Program, actions, attributes, texts.Arguments, command.Environment.Pointer());
            GC.KeepAlive(command);
            return failure == 0 ? pid : throw Failed(failure);
        }
        finally
        {
            _ = Libc.DestroyActions(actions);
            _ = Libc.DestroyAttributes(attributes);
        }
    }

    private static NotStartedException Failed(int error) => new(error, Marshal.GetPInvokeErrorMessage(error));

    /// <summary>Program and arguments of a command as the system wants them, in one piece of memory.</summary>
    private sealed class ZeroEnded : IDisposable
    {
        private readonly byte* _memory;

        public ZeroEnded(Command command)
        {
            var pointers = command.Arguments.Count + 2;
            long size = (long)pointers * sizeof(byte*) + Size(command.Program);
            foreach (var argument in command.Arguments)
            {
                size += Size(argument);
            }

            if (size > int.MaxValue)
            {
                throw Failed(NotStartedException.TooLong);
            }

            _memory = (byte*)NativeMemory.Alloc((nuint)size);
            var entry = (byte**)_memory;
            var text = new Span<byte>(_memory + ((long)pointers * sizeof(byte*)), (int)(size - ((long)pointers * sizeof(byte*))));
            Arguments = entry;
            Program = *entry++ = Write(ref text, command.Program);
            foreach (var argument in command.Arguments)
            {
                *entry++ = Write(ref text, argument);
            }

            *entry = null;
        }

        public byte* Program { get; }

        public byte** Arguments { get; }

        public void Dispose() => NativeMemory.Free(_memory);

        private static long Size(string text) => Encoding.UTF8.GetByteCount(text) + 1L;

        private static byte* Write(ref Span<byte> to, string text)
        {
            var start = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(to));
            var length = Encoding.UTF8.GetBytes(text, to);
            to[length] = 0;
            to = to[(length + 1)..];
            return start;
        }
    }
}
