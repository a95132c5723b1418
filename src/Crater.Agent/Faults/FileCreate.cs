using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Makes a file that was not there.</summary>
internal sealed class FileCreate : FileFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "file-create",
        Family = "file",
        Summary = "Makes a file that was not there.",
        Mechanism = "The file is written under a name of craterd's beside it and linked to its own name in one step, never over something that is there; the second name says whose it is.",
        Ending = "Must be undone: the name is removed if it is still that very file. Another one of that name is left alone and named.",
        Cannot = "It makes no folders, and replaces nothing: that is file-modify.",
        Parameters = [PathParameter, ContentParameter, new("permission", ParameterType.Mode, "Its permissions.") { Short = 'P', Default = "644" }],
        Aliases = ["file-add"],
    };

    public override IReadOnlyList<string> Wants(FaultRequest request) => [$"path:{Real(request.Text("path"), followLast: false)}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var path = Real(request.Text("path"), followLast: false);
        return FileState.Of(path) is null
            ? new Preparation(OwnNames(path, request.Uid), Wants(request), Description.Mechanism)
            : throw new AgentException("CRT5594", ExitCodes.Host, $"{path} is there already. file-create replaces nothing; use file-modify, or another path.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        Write(undo["mine"], request.Text("content"), Octal(request.Text("permission")));
        Keeping.Steps.Reached("half-way");
        Names.Link(undo["mine"], undo["path"]);
        Names.Sync(undo["path"]);
        return null;
    }

    public override Presence Look(UndoData undo) => Kept(undo) > 0 ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        var mine = FileState.Of(undo["mine"]);
        if (mine is not null && FileState.Of(undo["path"])?.Inode == mine.Value.Inode)
        {
            Names.Remove(undo["path"]);
        }

        Names.Remove(undo["mine"]);
        Names.Sync(undo["path"]);
    }
}
