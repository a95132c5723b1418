using System.Text.Json.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>What other processes need to know of a running lab; kept in a file that only its owner can read.</summary>
/// <param name="Pid">The process that was started as <c>lab up</c>, as seen from outside of any PID namespace.</param>
/// <param name="StartTicks">When it was started, in clock ticks after boot, so that a reused pid is not taken for it.</param>
/// <param name="Folder">Pods' folders and logs; deleted with the lab when it is the lab's own.</param>
public sealed record LabState(int Pid, long StartTicks, string LabId, string ApiAddress, string Kubeconfig, string Folder, bool IsOwnFolder, string LifeLine)
{
    private const string FileName = "lab.json";

    /// <summary>Whether that very process lives.</summary>
    public bool IsAlive => new ProcessId(Pid, StartTicks).IsAlive;

    /// <summary><c>$XDG_RUNTIME_DIR/crater</c>, or <c>~/.local/state/crater</c>; <c>CRATER_STATE_HOME</c> comes before both.</summary>
    public static string DefaultFolder()
    {
        if (Environment.GetEnvironmentVariable("CRATER_STATE_HOME") is { Length: > 0 } own)
        {
            return own;
        }

        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime)
            ? Path.Combine(runtime, "crater")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "crater");
    }

    /// <summary>The lab of a state folder, dead or alive; null when there is none.</summary>
    public static LabState? Read(string folder)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, FileName)));
            return new LabState(
                json.Count(0, "pid"), json.Number("startTicks") ?? 0, json.Text("labId"), json.Text("apiAddress"), json.Text("kubeconfig"), json.Text("folder"), json.Flag("isOwnFolder"), json.Text("lifeLine"));
        }
        catch (Exception e) when (e is IOException or System.Text.Json.JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(string folder) => PrivateFile.Write(Path.Combine(folder, FileName), new JsonObject
    {
        ["pid"] = Pid,
        ["startTicks"] = StartTicks,
        ["labId"] = LabId,
        ["apiAddress"] = ApiAddress,
        ["kubeconfig"] = Kubeconfig,
        ["folder"] = Folder,
        ["isOwnFolder"] = IsOwnFolder,
        ["lifeLine"] = LifeLine,
    }.ToJsonString());

    public static void Delete(string folder) => File.Delete(Path.Combine(folder, FileName));
}
