using System.Text.Json.Nodes;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class VarFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-var-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Later_files_count_more_and_options_most()
    {
        var reading = Read(new ReadOptions { Variables = new Dictionary<string, JsonNode?> { ["c"] = 3 } },
            ("one.yaml", "configuration: {a: 1, b: 1, c: 1}\nsecrets: {g: {k: x}}"), ("two.json", """{"configuration": {"b": 2, "c": 2}}"""));
        Assert.Empty(reading.Problems);
        Assert.Equal(["a=1", "b=2", "c=3"], reading.Options.Variables.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal("""{"g":{"k":"x"}}""", reading.Options.SecretOverrides.ToJsonString());
    }

    [Fact]
    public void A_file_of_another_name_sets_the_environment()
    {
        var reading = Read(new ReadOptions { Environment = new Dictionary<string, string> { ["A"] = "old", ["B"] = "kept" } }, ("my.env", "# note\n\nA = 1\nURL=http://h?x=y\r\nQ=\"q\"\n"));
        Assert.Equal(["A ", "Q", "URL"], reading.Environment.Keys.Order());
        Assert.Equal(("http://h?x=y", "\"q\"", "kept"), (reading.Options.Environment["URL"], reading.Options.Environment["Q"], reading.Options.Environment["B"]));
    }

    [Theory]
    [InlineData("a.yaml", "configuration: {a: b: c}", "CRT1101")]
    [InlineData("a.json", "{", "CRT1110")]
    [InlineData("a.yaml", "- 1", "CRT2209")]
    [InlineData("a.yaml", "configuration: 3", "CRT2209")]
    [InlineData("a.env", "A=1\nnonsense", "CRT2209")]
    [InlineData("a.yaml", "configuraton: {}", "CRT2007")]
    public void A_file_that_cannot_be_used_is_named(string name, string text, string code)
    {
        var problem = Assert.Single(Read(new ReadOptions(), (name, text)).Problems);
        Assert.Equal(code, problem.Code);
    }

    [Theory]
    [InlineData("none.yaml")]
    [InlineData("none.env")]
    public void A_file_that_is_not_there_is_named(string name) =>
        Assert.Equal("CRT1001", Assert.Single(VarFiles.Read([Path.Combine(_folder, name)], new ReadOptions()).Problems).Code);

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    public void An_empty_file_gives_nothing(string text) => Assert.Empty(Read(new ReadOptions(), ("a.yaml", text)).Problems);

    private VarFileReading Read(ReadOptions options, params (string Name, string Text)[] files)
    {
        foreach (var (name, text) in files)
        {
            File.WriteAllText(Path.Combine(_folder, name), text);
        }

        return VarFiles.Read([.. files.Select(file => Path.Combine(_folder, file.Name))], options);
    }
}
