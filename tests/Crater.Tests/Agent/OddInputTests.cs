using System.Runtime.CompilerServices;
using Crater.Agent;
using Crater.Agent.Faults;
using Crater.Agent.Verbs;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>What anybody can write on a command line or into a request: it is understood, or refused with a code, and it never gets near a shell.</summary>
public sealed class OddInputTests
{
    private static readonly string[] Words = ["0", "-1", "1e400", "9999999999999999999", "NaN", "∞", "50%", "1GB", "0.5ms", "99999999999999h", "/", "/../../etc", "\0", "\n", "$(id)", "'", "0-8191", "8192", "all"];

    [Fact]
    public void Every_text_for_every_option_is_understood_or_refused_with_a_code()
    {
        var texts = Gen.OneOf(Gen.Elements(Words), ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));
        var property = Prop.ForAll(Gen.Elements(HostFaults.All.ToArray()).ToArbitrary(), texts.ArrayOf(4).ToArbitrary(), (fault, values) =>
        {
            var given = fault.Description.Parameters.Select((parameter, number) => (parameter.Name, values[number % 4])).ToDictionary();
            foreach (var (name, value) in given)
            {
                Expect(fault.Description, new Dictionary<string, string> { [name] = value });
            }

            Expect(fault.Description, given);
        });

        property.Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Nothing_of_craterd_names_a_shell_or_starts_a_program_any_other_way_than_by_an_argument_vector()
    {
        string[] ways = ["/bin/sh", "/bin/bash", "Process.Start(", "ProcessStartInfo", "EntryPoint = \"system\"", "EntryPoint = \"popen\""];
        var files = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.DoesNotContain(ways, way => File.ReadAllText(file).Contains(way, StringComparison.Ordinal)));
    }

    private static void Expect(FaultDescription fault, IReadOnlyDictionary<string, string> given)
    {
        try
        {
            _ = ArgumentValues.Read(fault, given);
        }
        catch (AgentException refusal)
        {
            Assert.Matches("^CRT5[0-9]{3}$", refusal.Code);
            Assert.Equal(ExitCodes.Usage, refusal.Exit);
        }
    }

    private static string Source([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../src/Crater.Agent"));
}
