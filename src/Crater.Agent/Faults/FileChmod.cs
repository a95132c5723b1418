using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Changes the permissions of a file or folder.</summary>
internal sealed class FileChmod : FileFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "file-chmod",
        Family = "file",
        Summary = "Changes the permissions of a file or a folder.",
        Mechanism = "chmod of the very inode that was looked at, by a descriptor.",
        Ending = "Must be undone: the permissions from before, on the same inode. If somebody changed them to something else meanwhile, they are left and named.",
        Cannot = "Root reads and writes files whatever their permissions, so a program that runs as root does not notice.",
        Parameters = [PathParameter, new("permission", ParameterType.Mode, "The new permissions.") { Short = 'P', IsRequired = true }],
        Aliases = ["file-permission"],
    };

    public override bool FollowsLinks => true;

    public override IReadOnlyList<string> Wants(FaultRequest request) => [$"path:{Real(request.Text("path"), followLast: true)}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var path = Real(request.Text("path"), followLast: true);
        var state = Existing(path, regular: false);
        if (state.Permissions == Octal(request.Text("permission")))
        {
            throw new AgentException("CRT5596", ExitCodes.Host, $"{path} has the permissions {request.Text("permission")} already; that would be no fault.");
        }

        var undo = OwnNames(path, request.Uid);
        (undo["inode"], undo["mode"], undo["changed"]) = (state.Inode, Number(state.Permissions), Number(Octal(request.Text("permission"))));
        return new Preparation(undo, Wants(request), Description.Mechanism);
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        return Change(undo, from: "mode", to: "changed") ? null : throw Changed(undo);
    }

    public override Presence Look(UndoData undo) => Now(undo) is { } now && now.Permissions != undo.Number("mode") ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (Now(undo) is not null)
        {
            Change(undo, from: "changed", to: "mode");
        }
    }

    public override bool IsTargetGone(UndoData undo) => Now(undo) is null;

    // The content is not this fault's: whoever wrote to the file meanwhile was allowed to.
    public override string Fingerprint(UndoData undo) => Now(undo) is { } now ? $"permissions={Convert.ToString(now.Permissions, 8)} inode={now.Inode}" : "absent";

    // By descriptor: between a look at the name and a change through it, another file could take the name.
    private static bool Change(UndoData undo, string from, string to)
    {
        using var file = Descriptor.Open(undo["path"], Libc.PathOnly);
        var now = FileState.Of(file);
        if (now.Inode != undo["inode"] || now.Permissions != undo.Number(from))
        {
            return false;
        }

        ChangeMode(file, (int)undo.Number(to));
        return true;
    }

    private static FileState? Now(UndoData undo) => FileState.Of(undo["path"]) is { } now && now.Inode == undo["inode"] ? now : null;
}
