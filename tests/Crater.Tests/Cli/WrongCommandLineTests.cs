using Crater.Cli;
using Xunit;

namespace Crater.Tests.Cli;

/// <summary>A wrong command line is told what is wrong with it, in words of a person, with the nearest word that there is.</summary>
public sealed class WrongCommandLineTests
{
    [Theory]
    [InlineData("run a.yaml --drvier x", "There is no '--drvier' here. Did you mean --driver?", "System.")]
    [InlineData("run a.yaml --kubeconfg=x", "Did you mean --kubeconfig?", "System.")]
    [InlineData("isntall", "There is no 'isntall' here. Did you mean install", "Required command")]
    [InlineData("lab upp", "Did you mean up", "Required command")]
    [InlineData("run a.yaml --seed soon", "for option '--seed' as a whole number", "System.")]
    [InlineData("install --replicas many", "for option '--replicas' as a whole number", "System.")]
    [InlineData("lab", "Required command was not provided", "There is no")]
    [InlineData("inventory --context x", "CRT1202", "There is no")]
    public async Task What_is_wrong_is_said_with_the_nearest_word(string line, string said, string unsaid)
    {
        using var error = new StringWriter();
        var code = await CraterCtl.RunAsync(line.Split(' '), new Surroundings
        {
            Out = TextWriter.Null,
            Error = error,
            IsTerminal = false,
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string>(),
            Clock = TimeProvider.System,
        });

        Assert.Equal(1, code);
        Assert.Contains(said, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(unsaid, error.ToString(), StringComparison.Ordinal);
    }
}
