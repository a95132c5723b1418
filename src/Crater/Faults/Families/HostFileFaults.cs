using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the files of a host or of a container on it, done by its craterd.</summary>
internal static class HostFileFaults
{
    private static readonly FaultParameter Path = new() { Name = "path", Type = ParameterType.Text, Summary = "The file, by its absolute path on the host, or in the container.", Required = true };

    public static IReadOnlyList<FaultDefinition> All { get; } = [Create(), Append(), Modify(), Delete(), Move(), Chmod()];

    private static FaultParameter Content(bool isRequired) =>
        new() { Name = "content", Type = ParameterType.Text, Summary = "What is written, at most 32 KiB.", Required = isRequired };

    private static FaultDefinition File(string name, string summary, RiskLevel risk, string mechanism, IReadOnlyList<FaultParameter> parameters, string options) => new()
    {
        Name = name,
        Family = "file",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Host, TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = mechanism,
        Ending = Ending.MustBeUndone,
        Fingerprint = "What stands under the name: kind, inode, permissions, owner, and of a file its content's hash.",
        ResidueCheck = "The same stands there as before; what somebody else put there meanwhile is left alone and named.",
        Parameters = parameters,
        ByHand = $"ssh {{host}} craterd inject {name} --container={{container}} {options} -t {{duration}}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Create() => File("file-create", "Makes a file that was not there.", RiskLevel.Low,
        "Written under another name and linked to its own in one step, never over something that is there.",
        [Path, Content(isRequired: false), new() { Name = "permission", Type = ParameterType.Text, Summary = "Its permissions, in octal digits.", Default = "644" }],
        "--path {path}") with
    { Aliases = ["file-add"] };

    private static FaultDefinition Append() => File("file-append", "Adds lines to the end of a file, such as a log.", RiskLevel.Low,
        "One write to the end of the file; recovery cuts exactly those bytes out again.",
        [
            Path, Content(isRequired: true),
            new() { Name = "count", Type = ParameterType.Integer, Summary = "How often the line is written.", Min = "1", Max = "10000", Default = "1" },
            new() { Name = "raw", Type = ParameterType.Flag, Summary = "Write the line as it is, without the injection's id behind it; then a line of the same words that others write could be taken for it.", Default = "false" },
        ],
        "--path {path} --content '{content}' --count {count}");

    private static FaultDefinition Modify() => File("file-modify", "Puts another content in the place of a file's.", RiskLevel.High,
        "Another file with the same permissions and owner takes its name in one step, and the original gets it back. Who has the file open goes on with the original.",
        [Path, Content(isRequired: false)], "--path {path}") with
    { Aliases = ["file-replace"] };

    private static FaultDefinition Delete() => File("file-delete", "Takes a file or a folder away.", RiskLevel.High,
        "Renamed in one step to a name of craterd's in its own folder, and back. Who has the file open keeps it.",
        [Path], "--path {path}") with
    { Aliases = ["file-del", "file-remove"] };

    private static FaultDefinition Move() => File("file-move", "Moves a file or a folder to another name.", RiskLevel.High,
        "Renamed in one step on the same file system, never over something that is there.",
        [
            new() { Name = "src", Type = ParameterType.Text, Summary = "What is moved, by its absolute path.", Required = true },
            new() { Name = "dst", Type = ParameterType.Text, Summary = "Its new name, which must not exist.", Required = true },
        ],
        "--src {src} --dst {dst}") with
    { Aliases = ["file-mv", "file-rename"] };

    private static FaultDefinition Chmod() => File("file-chmod", "Changes the permissions of a file or a folder.", RiskLevel.Medium,
        "chmod, and back on the same inode. Root reads and writes whatever the permissions are.",
        [Path, new() { Name = "permission", Type = ParameterType.Text, Summary = "The new permissions, in octal digits.", Required = true }],
        "--path {path} --permission {permission}") with
    { Aliases = ["file-permission"] };
}
