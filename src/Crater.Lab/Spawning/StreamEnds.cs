using System.Runtime.InteropServices;
using System.Text;

namespace Crater.Lab.Spawning;

/// <summary>Where the standard streams of a new process lead to.</summary>
internal enum SpawnStreams
{
    /// <summary>No input; output and errors in one pipe that does not block.</summary>
    Log,

    /// <summary>A pipe for each.</summary>
    Pipes,

    /// <summary>A pseudoterminal that becomes the process's controlling one.</summary>
    Terminal,
}

/// <summary>Both ends of a new process's streams: those that stay here, and those that the child gets.</summary>
internal sealed unsafe class StreamEnds
{
    private const int None = -1;
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const int SetStatusFlags = 4;
    private const int TerminalNameMax = 128;

    private int _childInput = None;
    private int _childOutput = None;
    private int _childErrors = None;
    private string _terminal = "";

    /// <summary>The end to write its input to; -1 where it has none.</summary>
    public int Input { get; private set; } = None;

    public int Output { get; private set; } = None;

    /// <summary>The end to read its errors from; -1 where they come with the output.</summary>
    public int Errors { get; private set; } = None;

    /// <returns>Null when the kernel refused; errno says why.</returns>
    public static StreamEnds? Open(SpawnStreams streams)
    {
        var ends = new StreamEnds();
        if (streams switch
        {
            SpawnStreams.Terminal => ends.OpenTerminal(),
            SpawnStreams.Pipes => ends.OpenOutput() && ends.OpenErrors() && ends.OpenInput(),
            _ => ends.OpenOutput() && Native.FileControl(ends.Output, SetStatusFlags, Native.NonBlocking) == 0,
        })
        {
            return ends;
        }

        var problem = Marshal.GetLastPInvokeError();
        ends.CloseOurs();
        ends.CloseChildren();
        Marshal.SetLastPInvokeError(problem);
        return null;
    }

    /// <summary>What the child does with its ends before it becomes the program.</summary>
    public void AddTo(void* actions)
    {
        if (_terminal.Length > 0)
        {
            // The first terminal that the leader of a new session opens becomes its controlling one.
            _ = Native.AddOpen(actions, 0, _terminal, ReadWrite, 0);
            _ = Native.AddDuplicate(actions, 0, 1);
            _ = Native.AddDuplicate(actions, 0, 2);
            return;
        }

        _ = _childInput == None ? Native.AddOpen(actions, 0, "/dev/null", 0, 0) : Native.AddDuplicate(actions, _childInput, 0);
        _ = Native.AddDuplicate(actions, _childOutput, 1);
        _ = Native.AddDuplicate(actions, _childErrors == None ? _childOutput : _childErrors, 2);
    }

    public void CloseChildren()
    {
        foreach (var end in (int[])[_childInput, _childOutput, _childErrors])
        {
            Close(end);
        }
    }

    public void CloseOurs()
    {
        // A terminal's one end is both.
        Close(Input == Output ? None : Input);
        Close(Output);
        Close(Errors);
    }

    private bool OpenOutput()
    {
        (var isOpen, Output, _childOutput) = Pipe();
        return isOpen;
    }

    private bool OpenErrors()
    {
        (var isOpen, Errors, _childErrors) = Pipe();
        return isOpen;
    }

    private bool OpenInput()
    {
        (var isOpen, _childInput, Input) = Pipe();
        return isOpen;
    }

    private bool OpenTerminal()
    {
        var master = Native.OpenTerminal(ReadWrite | NoControllingTerminal | Native.CloseOnExec);
        (Input, Output) = (master, master);
        var name = stackalloc byte[TerminalNameMax];
        if (master < 0 || Native.GrantTerminal(master) != 0 || Native.UnlockTerminal(master) != 0
            || Native.TerminalName(master, name, TerminalNameMax) != 0)
        {
            return false;
        }

        _terminal = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
        return true;
    }

    private static (bool IsOpen, int Reading, int Writing) Pipe()
    {
        var ends = stackalloc int[2];
        return Native.Pipe(ends, Native.CloseOnExec) == 0 ? (true, ends[0], ends[1]) : (false, None, None);
    }

    private static void Close(int end)
    {
        if (end != None)
        {
            _ = Native.Close(end);
        }
    }
}
