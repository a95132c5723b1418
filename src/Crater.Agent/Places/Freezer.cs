using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>The kernel's own way to stop everything in a control group at once, in either version: processes cannot notice, and children that are just being made are stopped too.</summary>
/// <param name="Folder">Of the control group.</param>
/// <param name="IsFirst">Version 1.</param>
internal sealed record Freezer(string Folder, bool IsFirst)
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    private string File => $"{Folder}/{(IsFirst ? "freezer.state" : "cgroup.freeze")}";

    /// <summary>That of a folder; null when the folder is gone or the kernel cannot freeze it.</summary>
    public static Freezer? Of(string folder) => new Freezer(folder, IsFirst: true) is var first && System.IO.File.Exists(first.File) ? first
        : new Freezer(folder, IsFirst: false) is var second && System.IO.File.Exists(second.File) ? second : null;

    /// <summary>Whether it was told to stop, be it there yet or not.</summary>
    public bool IsAsked => IsFirst ? Text(File) != "THAWED" : Text(File) != "0";

    private bool IsFrozen => IsFirst ? Text(File) == "FROZEN" : Text($"{Folder}/cgroup.events").Split('\n').Contains("frozen 1");

    /// <summary>Returns when everything in it stands still; false when something does not within five seconds.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public unsafe bool Freeze()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!IsFrozen)
        {
            if (TimeProvider.System.GetElapsedTime(began) > Budget)
            {
                return false;
            }

            // Version 1 wants to be told again while children are being made.
            Write(IsFirst ? "FROZEN" : "1");
            _ = Libc.Poll(null, 0, 1);
        }

        return true;
    }

    /// <exception cref="HostException">The kernel said no.</exception>
    public void Thaw() => Write(IsFirst ? "THAWED" : "0");

    private void Write(string state) => Descriptor.Tell(File, state);

    private static string Text(string file) => System.IO.File.ReadAllText(file).Trim();
}
