using System.Text.Json.Nodes;
using Crater.Cli;
using Crater.Cli.Chaos.Wizards;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

public sealed class WizardTests
{
    private static readonly JsonObject Probe = JsonNode.Parse("""
        {"type": "probe", "name": "look", "mod": "a.b", "doc": "Looks.", "arguments": [
          {"name": "count", "type": "integer"}, {"name": "names", "type": "list", "default": ["x"]}, {"name": "note", "default": null, "type": "string"},
          {"name": "configuration", "default": null, "type": "mapping"}]}
        """)!.AsObject();

    [Fact]
    public void Picked_activities_have_typed_arguments_and_a_tolerance()
    {
        var pool = Picked(withTolerance: true, "1", "y", "200", "three", "3", "", "", "n");

        Assert.Equal(
            """[{"type":"probe","name":"look","tolerance":200,"provider":{"type":"python","module":"a.b","func":"look","arguments":{"count":3,"names":["x"],"note":null}}}]""",
            pool.ToJsonString());
    }

    [Fact]
    public void An_activity_that_is_not_wanted_after_all_is_left_out() => Assert.Empty(Picked(withTolerance: false, "1", "n", "n"));

    [Fact]
    public void A_number_that_is_on_no_list_is_asked_for_again() => Assert.Empty(Picked(withTolerance: false, "7", "-1", "0"));

    [Fact]
    public void Answers_that_end_too_early_end_the_questions() => Assert.Throws<EndOfAnswersException>(() => Picked(withTolerance: false, "1", "y"));

    private static JsonArray Picked(bool withTolerance, params string[] answers)
    {
        var surroundings = new Surroundings
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            IsTerminal = false,
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string>(),
            Clock = TimeProvider.System,
        };
        var pool = new JsonArray();
        new ActivityWizard(new Wizard(new StringReader(string.Join('\n', answers) + "\n"), surroundings), [Probe], withTolerance).AddTo(pool);
        return pool;
    }
}
