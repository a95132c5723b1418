namespace Crater.Agent.Host;

/// <summary>Changes of names in the file system, each one step that cannot be seen half done.</summary>
internal static class Names
{
    private const uint NeverOver = 1;

    /// <summary>Gives it another name, never over something that is there.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Move(string from, string to)
    {
        if (Libc.RenameAt(Libc.Here, from, Libc.Here, to, NeverOver) != 0)
        {
            throw new HostException($"{from} could not be renamed to {to}", Errno.Last);
        }
    }

    /// <summary>Gives it another name, in place of whatever has that name.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Replace(string from, string to)
    {
        if (Libc.Rename(from, to) != 0)
        {
            throw new HostException($"{to} could not be replaced", Errno.Last);
        }
    }

    /// <summary>Gives it a second name, never over something that is there.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Link(string from, string to)
    {
        if (Libc.Link(from, to) != 0)
        {
            throw new HostException($"{to} could not be made", Errno.Last);
        }
    }

    /// <summary>Takes a name away; one that is not there is as good.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Remove(string path)
    {
        if (Libc.Unlink(path) != 0 && Errno.Last != Errno.NoEntry)
        {
            throw new HostException($"{path} could not be removed", Errno.Last);
        }
    }

    /// <summary>Makes what happened to the names of a folder last.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Sync(string path)
    {
        using var folder = Descriptor.Open(Path.GetDirectoryName(path) ?? "/", Libc.ReadOnly);
        folder.Sync();
    }
}
