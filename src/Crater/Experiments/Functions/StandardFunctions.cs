using static Crater.Experiments.Functions.FunctionParameter;

namespace Crater.Experiments.Functions;

/// <summary>What documents use of Python's standard library: files and waiting. Parameter names are Python's own.</summary>
internal static class StandardFunctions
{
    private static readonly FunctionParameter Path = new("path", "str", "File or folder; a relative one starts at the working directory.");
    private static readonly FunctionParameter Name = new("filename", "str", "File or folder.");
    private static readonly FunctionParameter Source = new("src", "str", "What is there.");
    private static readonly FunctionParameter Target = new("dst", "str", "Its new place.");
    private static readonly FunctionParameter Mode = Optional("mode", "int", 511, "Permission bits as a number (511 is 0777); the process's umask is taken off.");

    public static IReadOnlyList<PythonFunction> All { get; } =
    [
        Probe("os.path", "exists", "Whether a file or folder is there, symbolic links followed.", "bool", Path),
        Probe("os.path", "lexists", "Whether a file, folder or symbolic link is there, links not followed.", "bool", Path),
        Probe("os.path", "isfile", "Whether there is a regular file, symbolic links followed.", "bool", Path),
        Probe("os.path", "isdir", "Whether there is a folder, symbolic links followed.", "bool", Path with { Name = "s" }),
        Probe("os.path", "islink", "Whether there is a symbolic link.", "bool", Path),
        Probe("os.path", "getsize", "The size of a file.", "int, in bytes", Name),
        Probe("os.path", "getmtime", "When a file was last written.", "float, in seconds since 1970", Name),
        Probe("os", "listdir", "The names in a folder, in no particular order.", "list of str", Optional("path", "str", null, "Folder; null means the working directory.")),
        Probe("os", "getcwd", "The working directory.", "str"),
        Probe("os", "readlink", "Where a symbolic link leads.", "str", Path),
        Probe("os", "getenv", "The value of an environment variable.", "str, or the default",
            new FunctionParameter("key", "str", "Name of the variable."), Optional("default", "any", null, "Given back when it is not set.")),
        Action("os", "remove", "Removes a file; a folder is refused.", Path),
        Action("os", "unlink", "The same as os.remove.", Path),
        Action("os", "rename", "Renames a file or folder; a file in the new place is replaced.", Source, Target),
        Action("os", "replace", "The same as os.rename.", Source, Target),
        Action("os", "renames", "Renames, makes missing folders of the new place, and removes the folders of the old one that are then empty.",
            new FunctionParameter("old", "str", "What is there."), new FunctionParameter("new", "str", "Its new place.")),
        Action("os", "mkdir", "Makes a folder; its parent must be there.", Path, Mode),
        Action("os", "makedirs", "Makes a folder and the missing ones above it.", Path with { Name = "name" }, Mode,
            Optional("exist_ok", "bool", false, "A folder that is there already is no failure.")),
        Action("os", "rmdir", "Removes an empty folder.", Path),
        Action("os", "removedirs", "Removes an empty folder, and the ones above it as long as they are empty.", Path with { Name = "name" }),
        Action("os", "symlink", "Makes a symbolic link.", Source with { Summary = "Where the link leads; need not be there." }, Target with { Summary = "The link." },
            Optional("target_is_directory", "bool", false, "Has no effect but on Windows.")),
        Action("os", "link", "Makes a hard link.", Source, Target with { Summary = "The link." }),
        Action("os", "chmod", "Sets permission bits.", Path, new FunctionParameter("mode", "int", "Permission bits as a number (420 is 0644).")),
        Action("os", "truncate", "Cuts a file to a length, or extends it with zeros.", Path, new FunctionParameter("length", "int", "In bytes.")),
        Action("time", "sleep", "Waits; the end of the run cuts it short.", new FunctionParameter("secs", "float", "In seconds; at least 0.")),
    ];

    private static PythonFunction Probe(string module, string name, string summary, string returns, params FunctionParameter[] parameters) =>
        new(module, name, FunctionKind.Probe, summary) { Returns = returns, Parameters = parameters };

    private static PythonFunction Action(string module, string name, string summary, params FunctionParameter[] parameters) =>
        new(module, name, FunctionKind.Action, summary) { Returns = "null", Parameters = parameters };
}
