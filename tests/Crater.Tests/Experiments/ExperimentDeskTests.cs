using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ExperimentDeskTests
{
    private const string Three = """
        title: "T ${c}"
        configuration:
          a: 1
          b: {type: probe, name: ask b, provider: {type: process, path: "true"}}
          c: {type: probe, provider: {type: http, url: "http://h/${b}"}}
          d: {type: probe, provider: {type: python, module: os.path, func: exists, arguments: {path: "${c}"}}}
          e: 5
        method: [{type: action, name: x, pauses: {after: "${c}"}, provider: {type: process, path: "true"}}]
        """;

    [Fact]
    public async Task Each_entry_is_asked_in_order_and_sees_what_those_above_it_gave()
    {
        var activities = new Scripted(_ => Process(0, " two \n"), _ => new JsonObject { ["status"] = 200, ["body"] = 3 }, _ => true);
        var experiment = (await Resolve(Three, activities)).OrThrow();
        Assert.Equal(["a,b=two,c=3,d=true,e"], [string.Join(",", experiment.Configuration.Select(pair => pair.Key is "a" or "e" ? pair.Key : $"{pair.Key}={pair.Value}"))]);
        Assert.Equal(["a", "a b", "a b c"], activities.Seen);
        Assert.Empty(experiment.Dynamic);
        Assert.Equal(("T 3", TimeSpan.FromSeconds(3)), (experiment.Title, experiment.Method[0].PauseAfter));
    }

    [Fact]
    public async Task A_program_that_ends_with_an_error_gives_no_value_and_is_named()
    {
        var reading = await Resolve(Three, new Scripted(_ => Process(3, "")));
        var error = Assert.Single(reading.Errors);
        Assert.Equal(("CRT2022", "configuration.b", 4), (error.Code, error.Path, error.Line));
        Assert.Contains("status 3", error.Message, StringComparison.Ordinal);
        Assert.Null(reading.Experiment);
    }

    [Fact]
    public async Task A_probe_that_fails_is_named_and_nothing_after_it_is_asked()
    {
        var activities = new Scripted(_ => Process(0, "two"), _ => null!);
        var reading = await Resolve(Three, activities);
        Assert.Equal("configuration.c", Assert.Single(reading.Errors).Path);
        Assert.Equal(2, activities.Seen.Count);
    }

    [Fact]
    public async Task A_document_with_errors_asks_nobody()
    {
        var activities = new Scripted();
        Assert.Contains("CRT2004", (await Resolve(Three.Replace("method:", "metod:", StringComparison.Ordinal), activities)).Errors.Select(problem => problem.Code));
        Assert.Empty(activities.Seen);
    }

    [Fact]
    public async Task A_value_that_does_not_fit_is_an_error_of_the_second_reading() =>
        Assert.Contains("CRT2036", (await Resolve(Three, new Scripted(_ => Process(0, "two"), _ => new JsonObject { ["body"] = "soon" }, _ => true))).Errors.Select(problem => problem.Code));

    private static JsonObject Process(int status, string stdout) => new() { ["status"] = status, ["stdout"] = stdout, ["stderr"] = "" };

    private static Task<ExperimentReading> Resolve(string yaml, Scripted activities) =>
        ExperimentDesk.ResolveAsync(DocumentReader.Read(yaml, DocumentFormat.Yaml), ReaderTesting.Options, activities, CancellationToken.None);

    // Gives the answers in turn; null is a failure.
    private sealed class Scripted(params Func<Activity, JsonNode>[] answers) : IActivities
    {
        public List<string> Seen { get; } = [];

        public Task<ActivityResult> PlayAsync(Activity activity, ActivityContext context, CancellationToken abort)
        {
            Seen.Add(string.Join(" ", context.Configuration.Keys));
            var value = answers[Seen.Count - 1](activity);
            return Task.FromResult(new ActivityResult(value is not null, value, value?.ToJsonString() ?? "CRT2303 no answer", TimeSpan.Zero));
        }
    }
}
