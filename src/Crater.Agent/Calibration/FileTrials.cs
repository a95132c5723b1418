namespace Crater.Agent.Calibration;

/// <summary>Faults that are in place or not: a file is another one, a port is taken.</summary>
internal static class FileTrials
{
    private const string Before = "one line\n";

    public static IReadOnlyList<Trial> All { get; } =
    [
        Of("file-create", file => [("path", file + ".new"), ("content", "new")], file => File.ReadAllText(file + ".new").StartsWith("new", StringComparison.Ordinal)),
        Of("file-append", file => [("path", file), ("content", "more")], file => File.ReadAllText(file).Length > Before.Length),
        Of("file-modify", file => [("path", file), ("content", "another")], file => File.ReadAllText(file) != Before),
        Of("file-delete", file => [("path", file)], file => !File.Exists(file)),
        Of("file-move", file => [("src", file), ("dst", file + ".moved")], file => !File.Exists(file) && File.Exists(file + ".moved")),
        Of("file-chmod", file => [("path", file), ("permission", "400")], file => File.GetUnixFileMode(file) == UnixFileMode.UserRead),
    ];

    private static Trial Of(string fault, Func<string, (string, string)[]> arguments, Func<string, bool> isHit) => new(fault, "", bench =>
    {
        var file = Path.Combine(bench.Folder, fault);
        File.WriteAllText(file, Before);
        return bench.While(fault, Trials.With(arguments(file)), _ => new Reading(1, isHit(file) ? 1 : 0, "file"));
    });
}
