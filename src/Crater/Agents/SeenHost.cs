using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>What craterd said about its host at one moment.</summary>
internal sealed record SeenHost
{
    public required StackHost Host { get; init; }

    public required string Agent { get; init; }

    /// <summary>Addresses by which others reach it.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    public IReadOnlyList<SeenProgram> Processes { get; init; } = [];

    public IReadOnlyList<SeenContainer> Containers { get; init; } = [];

    /// <summary><c>Restart=</c> by service; <c>no</c> where it has none, empty where that cannot be known.</summary>
    public IReadOnlyDictionary<string, string> Units { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<SeenEnd> Listening { get; init; } = [];

    /// <summary>Connections that were opened from there, by their other end.</summary>
    public IReadOnlyList<SeenEnd> Connections { get; init; } = [];

    /// <summary>Processes whose sockets craterd may not see.</summary>
    public int Unseen { get; init; }

    public string Name => Host.Name;

    /// <summary>How many there are of what the target is one of: processes of its program, or containers of its name; none of a host.</summary>
    public int CountOf(Target target) => target.Kind switch
    {
        TargetKind.Process => Processes.Count(process => ComponentOf(process.Name) == target.Component),
        TargetKind.Container => Containers.Count(container => ComponentOf(container) == target.Component),
        _ => 0,
    };

    public string NameOf(int pid) => Processes.FirstOrDefault(process => process.Pid == pid)?.Name ?? "";

    /// <summary>The id of a program's component.</summary>
    public string ComponentOf(string program) => TargetId.Of(TargetKind.Process, Name, program).Value;

    /// <summary>The id of a container's component.</summary>
    public string ComponentOf(SeenContainer container) => TargetId.Of(TargetKind.Container, Name, container.Name).Value;

    public static SeenHost From(StackHost host, JsonObject json) => new()
    {
        Host = host,
        Agent = json["agent"].Word("id"),
        Addresses = json.Words("addresses"),
        Processes = [.. json.Each("processes").Select(process => new SeenProgram(
            (int)process.Whole("pid"), process.Whole("start"), process.Word("name"), process.Flag("isStopped"), process.Word("unit"))).Where(process => process.Pid > 1)],
        Containers = [.. json.Each("containers").Select(container => new SeenContainer(container.Word("id"), container.Word("runtime"), container.Word("name"),
            [.. container.Words("pids").Select(Pid)])).Where(container => container.Id.Length > 0 && container.Name.Length > 0)],
        Units = json.Each("units").GroupBy(unit => unit.Word("name")).ToDictionary(units => units.Key, units => units.First().Word("restart")),
        Listening = [.. json.Each("listening").Select(End)],
        Connections = [.. json.Each("connections").Select(End)],
        Unseen = (int)json.Whole("unseenProcesses"),
    };

    private static SeenEnd End(JsonObject socket) => new(socket.Word("address"), (int)socket.Whole("port"),
        [.. socket.Words("pids").Select(Pid)]);

    private static int Pid(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

/// <summary>One container.</summary>
/// <param name="Id">The runtime's whole id.</param>
/// <param name="Runtime">docker, containerd, cri-o, podman, runc or crun; empty where its control group does not tell.</param>
/// <param name="Name">The program that runs in it.</param>
/// <param name="Pids">Its processes, as the host numbers them.</param>
internal sealed record SeenContainer(string Id, string Runtime, string Name, IReadOnlyList<int> Pids)
{
    /// <summary>Fewer digits would name a container by chance.</summary>
    private const int PrefixLengthMin = 6;

    /// <summary>Ids are shown so short; one that a person chose is shown whole.</summary>
    private const int ShownLength = 12;

    public string ShortId => Id.Length == 64 ? Id[..ShownLength] : Id;

    /// <summary>Whether it is one of those that the word names.</summary>
    public bool GoesBy(string word) => Name == word || Id == word || (word.Length >= PrefixLengthMin && Id.Length == 64 && Id.StartsWith(word, StringComparison.Ordinal));
}

/// <summary>One process of a program.</summary>
/// <param name="Start">In clock ticks after the host's boot; with the pid it names this process and no later one.</param>
/// <param name="Unit">Its service of systemd; empty for none.</param>
internal sealed record SeenProgram(int Pid, long Start, string Name, bool IsStopped, string Unit);

/// <summary>A port that is listened on, or the other end of a connection.</summary>
/// <param name="Pids">Who has it open; empty where craterd may not see that.</param>
internal sealed record SeenEnd(string Address, int Port, IReadOnlyList<int> Pids);
