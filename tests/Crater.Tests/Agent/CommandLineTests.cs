using Crater.Agent;
using Crater.Agent.Faults;
using Crater.Agent.Verbs;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class CommandLineTests
{
    private static readonly IReadOnlyList<Option> Options = [new("percent", 'p'), new("count", 'c') { Aliases = ["cores"] }, new("force", 'f', IsFlag: true)];

    [Theory]
    [InlineData("--percent", "50")]
    [InlineData("--percent=50")]
    [InlineData("-p", "50")]
    [InlineData("-p50")]
    [InlineData("-p=50")]
    public void A_value_is_written_in_five_ways(params string[] arguments) => Assert.Equal("50", CommandLine.Read("x", arguments, Options)["percent"]);

    [Fact]
    public void A_flag_takes_no_word_after_it()
    {
        var line = CommandLine.Read("x", ["-f", "word", "--cores", "2"], Options);

        Assert.True(line.Flag("force"));
        Assert.Equal(["word"], line.Words);
        Assert.Equal("2", line["count"]);
    }

    [Fact]
    public void A_flag_can_be_switched_off() => Assert.False(CommandLine.Read("x", ["--force=false"], Options).Flag("force"));

    [Fact]
    public void After_two_dashes_everything_is_a_word() => Assert.Equal(["-p", "--force"], CommandLine.Read("x", ["--", "-p", "--force"], Options).Words);

    [Theory]
    [InlineData("CRT5502", "--unknown", "1")]
    [InlineData("CRT5502", "-x")]
    [InlineData("CRT5503", "--percent")]
    [InlineData("CRT5504", "-p", "1", "--percent", "2")]
    [InlineData("CRT5504", "--cores", "1", "-c", "2")]
    public void What_is_not_understood_is_refused(string code, params string[] arguments) =>
        Assert.Equal(code, Assert.Throws<AgentException>(() => CommandLine.Read("x", arguments, Options)).Code);

    [Theory]
    [InlineData("cpu", "burn")]
    [InlineData("cpu-burn")]
    [InlineData("CPU_Burn")]
    public void A_fault_is_named_by_one_word_or_by_two(params string[] words)
    {
        var (fault, rest) = InjectVerb.Named([.. words, "-p", "50"]);

        Assert.Equal("cpu-burn", fault.Description.Name);
        Assert.Equal(["-p", "50"], rest);
    }

    [Theory]
    [InlineData("1500", 1_500_000)]
    [InlineData("90", 90_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("2h", 7_200_000)]
    public void A_timeout_is_a_duration_and_a_bare_number_is_seconds(string text, double milliseconds) => Assert.Equal(milliseconds, ArgumentValues.Duration(text, bare: 1_000));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("10x")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1e9s")]
    public void Another_text_is_no_duration(string text) => Assert.Null(ArgumentValues.Duration(text, bare: 1_000));

    [Theory]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1GB", 1L << 30)]
    [InlineData("0.5ki", 512)]
    [InlineData("12b", 12)]
    public void An_amount_is_bytes_whatever_its_unit(string text, long bytes) => Assert.Equal(bytes.ToString(), Read(("bytes", text))["bytes"]);

    [Theory]
    [InlineData("CRT5506", "bytes", "1024")]
    [InlineData("CRT5506", "bytes", "many")]
    [InlineData("CRT5506", "bytes", "-1MB")]
    [InlineData("CRT5507", "percent", "101")]
    [InlineData("CRT5507", "percent", "0")]
    [InlineData("CRT5506", "percent", "fifty")]
    [InlineData("CRT5506", "path", "relative/file")]
    [InlineData("CRT5506", "path", "/a\nb")]
    [InlineData("CRT5506", "mode", "888")]
    [InlineData("CRT5506", "cores", "3-1")]
    [InlineData("CRT5506", "choice", "blue")]
    public void A_value_that_is_not_of_its_kind_or_range_is_refused(string code, string parameter, string text) =>
        Assert.Equal(code, Assert.Throws<AgentException>(() => Read((parameter, text))).Code);

    [Fact]
    public void Exactly_one_of_two_is_asked_for()
    {
        Assert.Equal("CRT5508", Assert.Throws<AgentException>(() => Read()).Code);
        Assert.Equal("CRT5508", Assert.Throws<AgentException>(() => Read(("percent", "5"), ("bytes", "1MB"))).Code);
    }

    private static IReadOnlyDictionary<string, string> Read(params (string Name, string Value)[] given) =>
        ArgumentValues.Read(Sample, given.ToDictionary(pair => pair.Name, pair => pair.Value));

    private static FaultDescription Sample { get; } = new()
    {
        Name = "sample",
        Family = "none",
        Summary = "",
        Mechanism = "",
        Ending = "",
        Cannot = "",
        OneOf = ["percent", "bytes"],
        Parameters =
        [
            new("percent", ParameterType.Integer, "") { Min = 1, Max = 100 },
            new("bytes", ParameterType.Bytes, "") { Min = 0 },
            new("path", ParameterType.Path, ""),
            new("mode", ParameterType.Mode, ""),
            new("cores", ParameterType.Cores, ""),
            new("choice", ParameterType.Choice, "") { Choices = ["red"] },
        ],
    };
}
