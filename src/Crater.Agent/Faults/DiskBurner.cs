using System.Runtime.InteropServices;
using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>A thread that goes through a file block by block and begins again at its end.</summary>
internal sealed unsafe class DiskBurner : IDisposable
{
    public const string ThreadName = "crater-disk";

    private const int SetFlags = 4;     // F_SETFL
    private const int DropFromCache = 4;

    private readonly Descriptor _file;
    private readonly bool _isWriting;
    private readonly nuint _block;
    private readonly long _blocks;
    private readonly bool _isDirect;
    private readonly Thread _thread;
    private volatile bool _isOver;

    /// <summary>Takes the file, and returns when the first block has gone through.</summary>
    /// <exception cref="HostException">The disk refused.</exception>
    public DiskBurner(Descriptor file, bool isWriting, long block, long blocks)
    {
        (_file, _isWriting, _block, _blocks) = (file, isWriting, (nuint)block, blocks);
        var direct = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;
        _isDirect = Libc.FileControl(file.Number, SetFlags, direct) == 0;
        var buffer = (byte*)NativeMemory.AlignedAlloc(_block, 4096);
        // Not all alike, so that a file system which packs its blocks has to write them.
        new Random(1).NextBytes(new Span<byte>(buffer, (int)_block));
        try
        {
            // What was never written is read without the disk.
            for (var at = 0L; at < (isWriting ? 1 : blocks); at++)
            {
                Write(buffer, at);
            }

            if (!isWriting)
            {
                Read(buffer, 0);
            }
        }
        catch (HostException)
        {
            NativeMemory.AlignedFree(buffer);
            throw;
        }

        _thread = new Thread(() => Burn(buffer), maxStackSize: 256 * 1024) { IsBackground = true, Name = ThreadName };
        _thread.Start();
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _file.Dispose();
    }

    private void Burn(byte* buffer)
    {
        try
        {
            for (var at = 0L; !_isOver; at = (at + 1) % _blocks)
            {
                if (_isWriting)
                {
                    Write(buffer, at);
                }
                else
                {
                    Read(buffer, at);
                }
            }
        }
        catch (HostException)
        {
            // The disk is full or broken: the thread ends, and a look finds the fault gone.
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private void Write(byte* buffer, long at)
    {
        if (Libc.WriteAt(_file.Number, buffer, _block, at * (long)_block) != (nint)_block || (!_isDirect && Libc.SyncData(_file.Number) != 0))
        {
            throw new HostException($"Block {at} could not be written", Errno.Last);
        }
    }

    private void Read(byte* buffer, long at)
    {
        _ = _isDirect ? 0 : Libc.AdviseFile(_file.Number, at * (long)_block, (long)_block, DropFromCache);
        if (Libc.ReadAt(_file.Number, buffer, _block, at * (long)_block) != (nint)_block)
        {
            throw new HostException($"Block {at} could not be read", Errno.Last);
        }
    }
}
