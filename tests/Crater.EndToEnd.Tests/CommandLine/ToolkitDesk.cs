using System.Text;
using System.Text.Json.Nodes;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>A working folder and a home for documents that need no cluster; gone afterwards.</summary>
internal sealed class ToolkitDesk : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("crater-home-").FullName;

    public string Folder { get; } = Directory.CreateTempSubdirectory("crater-desk-").FullName;

    public Task<Answer> ChaosAsync(params string[] arguments) => StartAsync([CraterProcess.Program, .. arguments]);

    public Task<Answer> CraterAsync(params string[] arguments) => StartAsync([CraterProcess.Program, .. arguments], "craterctl");

    /// <param name="vector">The program and its arguments, called as chaos unless another name is given.</param>
    public async Task<Answer> StartAsync(IReadOnlyList<string> vector, string name = "chaos")
    {
        using var process = CraterProcess.Start(Folder, new Dictionary<string, string> { ["CRATER_AS"] = name, ["HOME"] = _home }, vector);
        return await process.EndAsync();
    }

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    /// <summary>One byte a character, whatever that comes to in UTF-8.</summary>
    public void WriteLatin(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text, Encoding.Latin1);

    public void MakeExecutable(string name)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(Folder, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>experiment.json: one action, and one rollback.</summary>
    public void Document(string provider) => Write("experiment.json", $$"""
        {"title": "t", "description": "d", "method": [{"type": "action", "name": "a", "provider": {{provider}} }],
         "rollbacks": [{"type": "action", "name": "back", "provider": {"type": "process", "path": "true"} }]}
        """);

    public bool Has(string file) => File.Exists(Path.Combine(Folder, file));

    public JsonNode Journal() => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "journal.json")))!;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(_home, recursive: true);
    }
}
