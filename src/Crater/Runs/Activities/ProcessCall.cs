using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities.Processes;
using Crater.Targets;

namespace Crater.Runs.Activities;

/// <summary>Runs a program of the user's and gives <c>{status, stdout, stderr}</c>; the status is negative for the signal that ended it.</summary>
internal sealed class ProcessCall(TimeProvider clock)
{
    /// <summary>
    /// A daemon that a program leaves behind may keep its outputs open. What is written to them is waited for this long after the program's own end;
    /// Chaos Toolkit waits for ever.
    /// </summary>
    internal static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    private const int Interrupt = 2;        // SIGINT

    /// <summary>
    /// Ctrl-C at a terminal ends the program as well as it asks us to stop, and the program may be the first: after such an end nothing goes on before the
    /// wish has had this long to arrive. What comes after Ctrl-C must not be played.
    /// </summary>
    internal static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a program that was killed may take to be gone: the kernel has to let go of what it waits for.</summary>
    private static readonly TimeSpan Dying = TimeSpan.FromSeconds(5);

    public async Task<JsonNode?> RunAsync(ProcessProvider provider, Substitution values, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        var command = CommandOf(provider, values);
        var started = clock.GetTimestamp();
        using var child = Start(command);
        int? status;
        try
        {
            status = await child.Ended.WaitAsync(provider.Timeout ?? Timeout.InfiniteTimeSpan, clock, abort);
            if (status is -Interrupt or 128 + Interrupt)
            {
                await Task.Delay(Courtesy, clock, abort);
            }

            await DrainAsync(child, provider.Timeout is { } limit ? limit - clock.GetElapsedTime(started) : Drain, abort);
        }
        catch (Exception end) when (end is OperationCanceledException or TimeoutException)
        {
            var left = child.EndAll();
            await ((Task)child.Ended).WaitAsync(Dying, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            abort.ThrowIfCancellationRequested();
            throw new ActivityFailedException("CRT2302", $"{provider.Path} took longer than its timeout of {Durations.Text(provider.Timeout!.Value)} and was stopped with " + (left == 0
                ? "everything it had started."
                : $"what it had started, but for {left} process(es) that belong to another user: end them by hand."));
        }

        return new JsonObject
        {
            ["status"] = status ?? throw new ActivityFailedException("CRT2312",
                $"{provider.Path} ended, but the system threw its exit code away: whoever started craterctl has it ignore SIGCHLD. Start it with that signal at its default."),
            ["stdout"] = child.StandardOutput,
            ["stderr"] = child.StandardError,
        };
    }

    private async Task DrainAsync(IChild child, TimeSpan limit, CancellationToken abort)
    {
        if (!child.Closed.IsCompleted)
        {
            try
            {
                await child.Closed.WaitAsync(limit < Drain ? (limit > TimeSpan.Zero ? limit : TimeSpan.Zero) : Drain, clock, abort);
            }
            catch (TimeoutException)
            {
                // The program itself is over, and what it said is here.
            }
        }
    }

    private static IChild Start(Command command)
    {
        try
        {
            return ChildLoop.Here is { } loop ? loop.Start(command) : ManagedChild.Start(command);
        }
        catch (NotStartedException error) when (error.Error == NotStartedException.TooLong)
        {
            throw new ActivityFailedException("CRT2311",
                $"{command.Name} cannot be started: its arguments and environment are {Length(command)} bytes long, more than the system takes. Give what is long in a file.");
        }
        catch (NotStartedException error)
        {
            throw new ActivityFailedException("CRT2301", $"The program {command.Name} cannot be started: {error.Message}");
        }
    }

    private static long Length(Command command) =>
        command.Arguments.Sum(argument => (long)argument.Length) + command.Environment.Variables.Sum(entry => (long)entry.Key.Length + entry.Value.Length + 2);

    private static Command CommandOf(ProcessProvider provider, Substitution values)
    {
        var environment = EnvironmentBlock.Own();
        var program = Programs.Find(provider.Path, environment.Variables)
            ?? throw new ActivityFailedException("CRT2301", $"The program {provider.Path} is not there or cannot be executed. Install it, or give its full path.");
        if (provider.Environment.Count > 0)
        {
            environment = environment.With(provider.Environment.Select(entry => KeyValuePair.Create(entry.Key, values.Text(entry.Value))));
        }

        var command = Fill(program, provider, values, environment) with { Name = provider.Path };

        // The system ends an argument at a zero character; half an argument must not pass for the whole.
        return command.Arguments.Concat(provider.Environment.Keys.Select(name => environment.Variables[name])).Any(text => text.Contains('\0'))
            ? throw new ActivityFailedException("CRT2310", $"An argument or variable of {provider.Path} has a zero character in it, which no program can be given.")
            : command;
    }

    private static Command Fill(string program, ProcessProvider provider, Substitution values, EnvironmentBlock environment)
    {
        if (!provider.ThroughShell)
        {
            return new Command(program, values.IsEmpty ? Given(provider.Arguments) : Given(Filled(provider, values)), environment);
        }

        // One variable in the place of all arguments may hold a list, which then is an argument vector like any other.
        if (values.Value(provider.Arguments[0]) is JsonArray list)
        {
            return new Command(program, Given(list), environment);
        }

        // The one place where a shell runs: a single text of arguments is what the format hands to it, and the text is the user's own.
        var text = values.IsEmpty ? provider.Arguments[0] : values.Text(provider.Arguments[0]);
        return OperatingSystem.IsWindows()
            ? new Command("cmd.exe", ["/c", $"{program} {text}"], environment)
            : new Command("/bin/sh", ["-c", $"{program} {text}"], environment);
    }

    private static IEnumerable<JsonNode?> Filled(ProcessProvider provider, Substitution values) =>
        provider.Arguments.Select((text, place) => provider.Structures.TryGetValue(place, out var structure) ? values.Apply(structure) : values.Value(text));

    // The format drops what is empty, and what a variable makes null.
    private static string[] Given(IEnumerable<JsonNode?> arguments) => Given(arguments.Where(argument => argument is not null).Select(Substitution.Written));

    private static string[] Given(IEnumerable<string> arguments) => [.. arguments.Where(argument => argument.Length > 0)];
}
