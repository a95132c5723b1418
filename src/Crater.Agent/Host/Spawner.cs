using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Crater.Agent.Host;

/// <summary>Starts a program as a session of its own: descriptors 0 to 2 on /dev/null, those that are handed down from number 3 on, every other one closed.</summary>
internal static unsafe class Spawner
{
    /// <summary>The number under which the child finds the first that it was handed; the others follow.</summary>
    public const int Inherited = 3;

    /// <param name="vector">The program's path, then its arguments; no shell looks at it.</param>
    /// <param name="handed">The descriptors to hand down, in this order.</param>
    /// <param name="blocked">Signals that wait for a signal descriptor instead of ending the child; empty for the default of each.</param>
    /// <returns>The pid, and the error number when there is none.</returns>
    public static (int Pid, int Error) Start(IReadOnlyList<string> vector, ReadOnlySpan<int> handed, ReadOnlySpan<int> blocked)
    {
        // Onto its own number a duplicate keeps the close-on-exec mark in older C libraries, and onto another's it would take that one's place. The runtime has the low numbers.
        if (handed.ContainsAnyInRange(0, Inherited + handed.Length - 1))
        {
            return (0, Errno.BadDescriptor);
        }

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
            for (var i = 0; i < handed.Length; i++)
            {
                _ = Libc.AddDuplicate(actions, handed[i], Inherited + i);
            }

            _ = Libc.AddCloseFrom(actions, Inherited + handed.Length);
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
