using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Crater.Runs.Activities.Processes;

/// <summary>
/// The environment of programs: as text, and once it is asked for also as the system wants it. One block serves all programs of a run that add nothing to it.
/// </summary>
internal sealed unsafe class EnvironmentBlock(IReadOnlyDictionary<string, string> variables)
{
    private static EnvironmentBlock? _own;

    private readonly Lock _gate = new();
    private nint[]? _pointers;
    private byte[]? _texts;

    public IReadOnlyDictionary<string, string> Variables => variables;

    /// <summary>This process' own, looked at once.</summary>
    public static EnvironmentBlock Own() => _own ??= Look();

    /// <summary>Sets a variable of this process, for the programs that are started from now on. The only way to do so while activities are played.</summary>
    public static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        _own = null;
    }

    /// <summary>This one with some variables more, or other values of them.</summary>
    public EnvironmentBlock With(IEnumerable<KeyValuePair<string, string>> more)
    {
        Dictionary<string, string> copy = new(variables, StringComparer.Ordinal);
        foreach (var (name, value) in more)
        {
            copy[name] = value;
        }

        return new EnvironmentBlock(copy);
    }

    /// <summary>Stays where it is as long as this block lives.</summary>
    public byte** Pointer()
    {
        lock (_gate)
        {
            _pointers ??= Fill();
            return (byte**)Marshal.UnsafeAddrOfPinnedArrayElement(_pointers, 0);
        }
    }

    private static EnvironmentBlock Look()
    {
        var all = Environment.GetEnvironmentVariables();
        var copy = new Dictionary<string, string>(all.Count, StringComparer.Ordinal);
        foreach (DictionaryEntry entry in all)
        {
            copy[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return new EnvironmentBlock(copy);
    }

    private nint[] Fill()
    {
        var pointers = GC.AllocateArray<nint>(variables.Count + 1, pinned: true);
        _texts = GC.AllocateUninitializedArray<byte>(variables.Sum(entry => Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value) + 2), pinned: true);
        var (at, index) = (0, 0);
        foreach (var (name, value) in variables)
        {
            pointers[index++] = Marshal.UnsafeAddrOfPinnedArrayElement(_texts, at);
            at += Encoding.UTF8.GetBytes(name, _texts.AsSpan(at));
            _texts[at++] = (byte)'=';
            at += Encoding.UTF8.GetBytes(value, _texts.AsSpan(at));
            _texts[at++] = 0;
        }

        return pointers;
    }
}
