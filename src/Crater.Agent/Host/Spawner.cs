using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Crater.Agent.Host;

/// <summary>Starts a program as a session of its own: descriptors 0 to 2 on /dev/null, one more handed down as number 3, every other one closed.</summary>
internal static unsafe class Spawner
{
    /// <summary>The number under which the child finds what it was handed.</summary>
    public const int Inherited = 3;

    /// <param name="vector">The program's path, then its arguments; no shell looks at it.</param>
    /// <param name="handed">The descriptor to hand down; -1 for none.</param>
    /// <param name="blocked">Signals that wait for a signal descriptor instead of ending the child; empty for the default of each.</param>
    /// <returns>The pid, and the error number when there is none.</returns>
    public static (int Pid, int Error) Start(IReadOnlyList<string> vector, int handed, ReadOnlySpan<int> blocked)
    {
        var attributes = stackalloc byte[Libc.OpaqueSize];
        var actions = stackalloc byte[Libc.OpaqueSize];
        var signals = stackalloc byte[Libc.OpaqueSize];
        var arguments = Vector(vector);
        var environment = Vector([.. Variables()]);
        _ = Libc.InitAttributes(attributes);
        _ = Libc.InitActions(actions);
        try
        {
            _ = Libc.SetFlags(attributes, Libc.SpawnFlags);
            _ = Libc.FillSignals(signals);
            _ = Libc.SetDefaultSignals(attributes, signals);
            SignalSet(signals, blocked);
            _ = Libc.SetSignalMask(attributes, signals);
            _ = Libc.AddOpen(actions, 0, "/dev/null", Libc.ReadOnly, 0);
            _ = Libc.AddOpen(actions, 1, "/dev/null", Libc.WriteOnly, 0);
            _ = Libc.AddDuplicate(actions, 1, 2);
            if (handed >= 0)
            {
                // A duplicate onto its own number keeps the close-on-exec mark in older C libraries; callers hand numbers above 3.
                _ = Libc.AddDuplicate(actions, handed, Inherited);
            }

            _ = Libc.AddCloseFrom(actions, handed >= 0 ? Inherited + 1 : Inherited);
            _ = Libc.AddChangeFolder(actions, "/");
            var error = Libc.Spawn(out var pid, arguments[0], actions, attributes, arguments, environment);
            return (error == 0 ? pid : 0, error);
        }
        finally
        {
            _ = Libc.DestroyActions(actions);
            _ = Libc.DestroyAttributes(attributes);
            Free(arguments);
            Free(environment);
        }
    }

    /// <summary>For a child: the kernel kills it when the thread that started it ends. Whether its parent was there still is to be looked at afterwards.</summary>
    public static void DieWithParent()
    {
        const int ParentDeathSignal = 1;
        _ = Libc.ProcessControl(ParentDeathSignal, Libc.SignalKill, 0, 0, 0);
    }

    /// <summary>Becomes another program: the process stays, and everything in it is the program's. Returns only when the kernel said no.</summary>
    public static void Become(IReadOnlyList<string> vector)
    {
        var (arguments, environment) = ((nint)Vector(vector), (nint)Vector([.. Variables()]));
        _ = Libc.Execute(*(byte**)arguments, (byte**)arguments, (byte**)environment);
    }

    /// <summary>Fills a sigset_t of <see cref="Libc.OpaqueSize"/> bytes with these signals and no others.</summary>
    public static void SignalSet(byte* set, ReadOnlySpan<int> signals)
    {
        _ = Libc.EmptySignals(set);
        foreach (var signal in signals)
        {
            _ = Libc.AddSignal(set, signal);
        }
    }

    private static IEnumerable<string> Variables()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            yield return $"{variable.Key}={variable.Value}";
        }
    }

    // A null-terminated array of C strings, as exec wants it.
    private static byte** Vector(IReadOnlyList<string> texts)
    {
        var pointer = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Count; i++)
        {
            var length = Encoding.UTF8.GetByteCount(texts[i]);
            pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(texts[i], new Span<byte>(pointer[i], length));
        }

        return pointer;
    }

    private static void Free(byte** vector)
    {
        for (var text = vector; *text is not null; text++)
        {
            NativeMemory.Free(*text);
        }

        NativeMemory.Free(vector);
    }
}
