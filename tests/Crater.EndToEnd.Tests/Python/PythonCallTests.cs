using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;
using Xunit;

namespace Crater.EndToEnd.Tests.Python;

/// <summary>Functions of the user's own modules, called in real interpreters.</summary>
public sealed class PythonCallTests
{
    [Theory]
    [MemberData(nameof(Interpreters.All), MemberType = typeof(Interpreters))]
    public async Task A_function_gets_its_arguments_by_name_and_gives_its_value(string interpreter)
    {
        await using var python = new Interpreters(interpreter);

        Assert.Equal(9, (int)(await python.CallAsync("add", new JsonObject { ["one"] = 1, ["times"] = 3 }))!);
    }

    [Fact]
    public async Task All_calls_of_a_run_are_made_in_one_interpreter()
    {
        await using var python = new Interpreters();

        Assert.Equal((int)(await python.CallAsync("pid"))!, (int)(await python.CallAsync("pid"))!);
    }

    [Fact]
    public async Task The_working_directory_is_the_users_and_the_first_place_where_modules_are_looked_up()
    {
        await using var python = new Interpreters();

        var where = await python.CallAsync("where");

        Assert.Equal(Environment.CurrentDirectory, (string)where!["cwd"]!);
        Assert.Equal(Environment.CurrentDirectory, (string)where["first"]!);
    }

    [Fact]
    public async Task A_call_in_the_foreground_has_the_main_thread_and_one_beside_it_has_not()
    {
        await using var python = new Interpreters();

        var beside = await python.CallAsync("where", beside: true);

        Assert.True((bool)(await python.CallAsync("where"))!["thread"]!);
        Assert.False((bool)beside!["thread"]!);
    }

    [Fact]
    public async Task Values_that_JSON_lacks_have_the_form_that_journals_know()
    {
        await using var python = new Interpreters();

        var rich = await python.CallAsync("rich");

        Assert.Equal("""{"date":"2026-11-21","time":"2026-11-21T09:30:00+00:00","decimal":"1.50","uuid":"00000000-0000-0000-0000-000000000001","tuple":[1,null,true],"3":"NaN","half":"?"}""",
            rich!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData("no_json", "CRT2334", "set")]
    [InlineData("contains_itself", "CRT2334", "contains itself")]
    [InlineData("asynchronous", "CRT2334", "async")]
    [InlineData("raises", "CRT2333", "ValueError: boom")]
    [InlineData("no_such", "CRT2332", "some_functions has nothing called no_such")]
    public async Task A_call_that_cannot_give_a_value_fails_and_says_why(string function, string code, string text)
    {
        await using var python = new Interpreters();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync(function));

        Assert.Equal(code, failed.Code);
        Assert.Contains(text, failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no_such_module", "there is no Python module no_such_module")]
    [InlineData("fails_at_import", "KeyError: 'no such thing'")]
    [InlineData("needs_more", "needs surely_no_such_package, which is not installed (pip install surely_no_such_package)")]
    public async Task A_module_that_cannot_be_imported_is_named_with_the_reason(string module, string text)
    {
        await using var python = new Interpreters();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync(module, "any"));

        Assert.Equal("CRT2331", failed.Code);
        Assert.Contains(text, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_traceback_ends_as_in_a_journal_of_the_toolkit()
    {
        await using var python = new Interpreters();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync("raises"));

        Assert.Equal("Traceback (most recent call last):\n", failed.Trace[0]);
        Assert.Contains("some_functions.py", failed.Trace[1], StringComparison.Ordinal);
        Assert.Equal(["ValueError: boom\n", "\nDuring handling of the above exception, another exception occurred:\n\n", "chaoslib.exceptions.ActivityFailed: ValueError: boom\n"],
            failed.Trace.TakeLast(3));
    }

    [Fact]
    public async Task Configuration_comes_as_a_copy_and_secrets_as_the_groups_that_are_listed()
    {
        await using var python = new Interpreters();
        var context = new ActivityContext
        {
            Configuration = new Dictionary<string, JsonNode?> { ["n"] = 3 },
            Secrets = new Secrets(new Dictionary<string, JsonObject> { ["a"] = new() { ["k"] = "first" }, ["b"] = new() { ["k"] = "second", ["l"] = "2" }, ["c"] = new() { ["m"] = 1 } }),
        };
        var provider = new PythonProvider("some_functions", "sees", []) { Secrets = ["a", "b", "not-there"] };

        var seen = await python.CallAsync(provider, context);
        var without = await python.CallAsync(provider with { Secrets = [] }, context);

        Assert.Equal("""{"configuration":{"n":3,"written":"into a copy"},"secrets":{"k":"second","l":"2"}}""", seen!.ToJsonString());
        Assert.Null(without!["secrets"]);
        Assert.Equal(["n"], context.Configuration.Keys);
    }

    [Fact]
    public async Task What_is_printed_and_logged_goes_to_the_log_masked_and_never_into_the_answer()
    {
        await using var python = new Interpreters();
        var context = new ActivityContext { Secrets = new Secrets(new Dictionary<string, JsonObject> { ["a"] = new() { ["k"] = "everything" } }) };

        Assert.Equal("", (string)(await python.CallAsync("some_functions", "prints", context: context))!);
        await python.DisposeAsync();

        Assert.Equal(["from a program", "past *****", "to the error output", "to the output"], python.Lines.Where(line => line.Source == "python").Select(line => line.Text).Order());
        Assert.Equal([(10, "logged for the toolkit"), (30, "logged by another")], python.Lines.Where(line => line.Source != "python").Select(line => (line.Level, line.Text)));
    }

    [Theory]
    [MemberData(nameof(Interpreters.All), MemberType = typeof(Interpreters))]
    public async Task Extensions_find_the_toolkits_names_where_it_is_not_installed(string interpreter)
    {
        await using var python = new Interpreters(interpreter);
        Assert.SkipUnless((bool)(await python.CallAsync("uses_toolkit", "is_stand_in"))!, "chaostoolkit-lib is installed");

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync("uses_toolkit", "fails"));

        Assert.Equal("chaoslib.exceptions.ActivityFailed: it is not well", failed.Message);
        Assert.Contains((20, "about to fail"), python.Lines.Select(line => (line.Level, line.Text)));
        Assert.Equal("""{"a":3,"b":["x-3","${unknown}"],"c":"$"}""", (await python.CallAsync("uses_toolkit", "substitutes"))!.ToJsonString());
        Assert.Equal("fails", (string)(await python.CallAsync("uses_toolkit", "discovers"))![0]![0]!["name"]!);
    }

    [Fact]
    public async Task An_interruption_that_a_function_raises_is_its_failure_as_in_the_toolkit()
    {
        await using var python = new Interpreters();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync("uses_toolkit", "interrupts"));

        Assert.Equal("chaoslib.exceptions.InterruptExecution: stop it", failed.Message);
    }

    [Fact]
    public void What_a_function_takes_is_known_before_it_is_called()
    {
        using var python = new Describing();

        Assert.Equal("one! other times", python.Parameters("add"));
        Assert.Equal("first! **", python.Parameters("anything"));
        Assert.Equal("configuration secrets", python.Parameters("sees"));
        Assert.Contains("by its place only", python.Problem("by_place"), StringComparison.Ordinal);
        Assert.Contains("has no plain function called NoFunction", python.Problem("NoFunction"), StringComparison.Ordinal);
        Assert.Contains("has nothing called no_such", python.Problem("no_such"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_Python_is_told_what_would_run_the_module()
    {
        var bridge = new PythonBridge(new PythonOptions { Environment = new Dictionary<string, string> { ["PATH"] = "/nowhere" } }, TimeProvider.System);

        var problem = bridge.Describe("my.module", "my_function").Problem;

        Assert.Contains("my.module.my_function", problem, StringComparison.Ordinal);
        Assert.Contains("Install Python 3.8", problem, StringComparison.Ordinal);
        Assert.Contains("CRT2308", problem, StringComparison.Ordinal);
    }

    private sealed class Describing : IDisposable
    {
        private readonly Interpreters _python = new();

        public string Problem(string function) => _python.Bridge.Describe("some_functions", function).Problem;

        public string Parameters(string function)
        {
            var signature = _python.Bridge.Describe("some_functions", function);
            return string.Join(' ', signature.Parameters.Select(one => one.Name + (one.IsRequired ? "!" : "")).Concat(signature.TakesAny ? ["**"] : []));
        }

        public void Dispose() => _python.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
