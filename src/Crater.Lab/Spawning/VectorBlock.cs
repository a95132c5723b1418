using System.Runtime.InteropServices;
using System.Text;

namespace Crater.Lab.Spawning;

/// <summary>A null-terminated array of C strings, as exec wants it. Freed by Dispose.</summary>
internal sealed unsafe class VectorBlock : IDisposable
{
    private readonly int _count;

    public VectorBlock(IReadOnlyList<string> texts)
    {
        _count = texts.Count;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < _count; i++)
        {
            var length = Encoding.UTF8.GetByteCount(texts[i]);
            Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(texts[i], new Span<byte>(Pointer[i], length));
        }
    }

    public byte** Pointer { get; }

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            NativeMemory.Free(Pointer[i]);
        }

        NativeMemory.Free(Pointer);
    }
}
