using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Functions;

/// <summary>Looking at files: <c>os.path</c>, and what of <c>os</c> changes nothing.</summary>
internal static class PathCalls
{
    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new Dictionary<string, NativeFunction>
    {
        ["os.path.exists"] = NativeFunctions.AtOnce(call => Look(call, "path").IsThere),
        ["os.path.lexists"] = NativeFunctions.AtOnce(call => Look(call, "path", follow: false).IsThere),
        ["os.path.isfile"] = NativeFunctions.AtOnce(call => Look(call, "path") is { IsThere: true, Kind: FileKind.File }),
        ["os.path.isdir"] = NativeFunctions.AtOnce(call => Look(call, "s") is { IsThere: true, Kind: FileKind.Folder }),
        ["os.path.islink"] = NativeFunctions.AtOnce(call => Look(call, "path", follow: false) is { IsThere: true, Kind: FileKind.Link }),
        ["os.path.getsize"] = NativeFunctions.AtOnce(call => There(call).Size),
        ["os.path.getmtime"] = NativeFunctions.AtOnce(call => There(call).Written),
        ["os.listdir"] = NativeFunctions.AtOnce(List),
        ["os.getcwd"] = NativeFunctions.AtOnce(_ => Directory.GetCurrentDirectory()),
        ["os.readlink"] = NativeFunctions.AtOnce(ReadLink),
        ["os.getenv"] = NativeFunctions.AtOnce(GetVariable),
    };

    private static JsonArray List(FunctionCall call)
    {
        var path = call["path"] is null ? "." : call.Path("path", "listdir");
        var look = FileLook.At(path, follow: true);
        if (look is not { IsThere: true, Kind: FileKind.Folder })
        {
            throw LibC.Error(look.IsThere ? LibC.NoFolder : look.Error, path);
        }

        var everything = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        return new JsonArray([.. new DirectoryInfo(path).EnumerateFileSystemInfos("*", everything).Select(entry => (JsonNode?)entry.Name)]);
    }

    private static JsonNode? ReadLink(FunctionCall call)
    {
        var path = call.Path("path", "readlink");
        return FileLook.At(path, follow: false) switch
        {
            { IsThere: false } look => throw LibC.Error(look.Error, path),
            { Kind: FileKind.Link } => new FileInfo(path).LinkTarget,
            _ => throw LibC.Error(LibC.Invalid, path),
        };
    }

    private static JsonNode? GetVariable(FunctionCall call) => call["key"] is JsonValue value && value.TryGetValue<string>(out var name)
        ? Environment.GetEnvironmentVariable(name) is { } text ? text : call["default"]?.DeepClone()
        : throw PythonErrors.WrongType($"str expected, not {PythonErrors.TypeName(call["key"])}", call.Function, "key");

    private static FileLook There(FunctionCall call)
    {
        var look = Look(call, "filename");
        return look.IsThere ? look : throw LibC.Error(look.Error, call.Text("filename"));
    }

    private static FileLook Look(FunctionCall call, string name, bool follow = true) => call[name] is JsonValue value && value.TryGetValue<string>(out var path)
        ? FileLook.At(path, follow)
        : throw PythonErrors.WrongType($"stat: path should be string, bytes, os.PathLike or integer, not {PythonErrors.TypeName(call[name])}", call.Function, name);
}
