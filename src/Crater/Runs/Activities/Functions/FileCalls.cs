using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Functions;

/// <summary>Changing files: what documents use of <c>os</c>.</summary>
internal static class FileCalls
{
    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new Dictionary<string, NativeFunction>
    {
        ["os.remove"] = Change(call => Remove(call.Path("path", "remove"))),
        ["os.unlink"] = Change(call => Remove(call.Path("path", "unlink"))),
        ["os.rename"] = Change(call => Rename(call.Path("src", "rename"), call.Path("dst", "rename"))),
        ["os.replace"] = Change(call => Rename(call.Path("src", "replace"), call.Path("dst", "replace"))),
        ["os.renames"] = Change(Renames),
        ["os.mkdir"] = Change(call => Make(call.Path("path", "mkdir"), Mode(call))),
        ["os.makedirs"] = Change(MakeAll),
        ["os.rmdir"] = Change(call => RemoveFolder(call.Path("path", "rmdir"))),
        ["os.removedirs"] = Change(RemoveAll),
        ["os.symlink"] = Change(call => Link(LibC.SymbolicLink, call, "symlink")),
        ["os.link"] = Change(call => Link(LibC.HardLink, call, "link")),
        ["os.chmod"] = Change(call => ChangeMode(call.Path("path", "chmod"), Mode(call))),
        ["os.truncate"] = Change(call => Truncate(call.Path("path", "truncate"), (nint)call.Whole("length"))),
    };

    private static NativeFunction Change(Action<FunctionCall> change) => NativeFunctions.AtOnce(call =>
    {
        change(call);
        return null;
    });

    private static uint Mode(FunctionCall call) => (uint)(call.Whole("mode") & 0xfff);

    private static void Remove(string path) => LibC.Check(LibC.Unlink(path), path);

    private static void Rename(string from, string to) => LibC.Check(LibC.Rename(from, to), from, to);

    private static void Make(string path, uint mode) => LibC.Check(LibC.MakeFolder(path, mode), path);

    private static void RemoveFolder(string path) => LibC.Check(LibC.RemoveFolder(path), path);

    private static void ChangeMode(string path, uint mode) => LibC.Check(LibC.ChangeMode(path, mode), path);

    private static void Truncate(string path, nint length) => LibC.Check(LibC.Truncate(path, length), path);

    private static void Link(Func<string, string, int> kind, FunctionCall call, string name)
    {
        var (source, target) = (call.Path("src", name), call.Path("dst", name));
        LibC.Check(kind(source, target), source, target);
    }

    // The mode is for the last folder alone; those above it get what the umask leaves of everything.
    private static void MakeAll(FunctionCall call)
    {
        var path = call.Path("name", "makedirs").TrimEnd('/');
        MakeAbove(path);
        if (LibC.MakeFolder(path, Mode(call)) is not 0 and var answer && !(call.IsTrue("exist_ok") && IsFolder(path)))
        {
            LibC.Check(answer, path);
        }
    }

    private static void MakeAbove(string path)
    {
        if (Above(path) is { Length: > 0 } above && !FileLook.At(above, follow: true).IsThere)
        {
            MakeAbove(above);
            if (LibC.MakeFolder(above, 0x1ff) is not 0 and var answer && !IsFolder(above))
            {
                LibC.Check(answer, above);
            }
        }
    }

    private static void Renames(FunctionCall call)
    {
        var (from, to) = (call.Path("old", "rename"), call.Path("new", "rename"));
        MakeAbove(to);
        Rename(from, to);
        RemoveAbove(from);
    }

    private static void RemoveAll(FunctionCall call)
    {
        var path = call.Path("name", "rmdir").TrimEnd('/');
        RemoveFolder(path);
        RemoveAbove(path);
    }

    private static void RemoveAbove(string path)
    {
        while (Above(path) is { Length: > 0 } above && LibC.RemoveFolder(above) == 0)
        {
            path = above;
        }
    }

    private static bool IsFolder(string path) => FileLook.At(path, follow: true) is { IsThere: true, Kind: FileKind.Folder };

    private static string? Above(string path) => Path.GetDirectoryName(path.TrimEnd('/'));
}
