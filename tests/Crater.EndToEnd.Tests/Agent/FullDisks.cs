using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// The matrix' full disks: from a step of the keeper on, the state folder has no more room. Either the journal has its reserve still, with which everything goes on and is written down, or that is
/// gone as well, and the folder takes not one byte more.
/// </summary>
internal static class FullDisks
{
    /// <summary>In place of a signal.</summary>
    public const int ReserveStays = 0;

    /// <inheritdoc cref="ReserveStays"/>
    public const int ReserveGoes = -1;

    /// <summary>What the file system gives to a file at a time.</summary>
    private const int PageBytes = 4096;

    public static async Task LiveThroughAsync(Playground playground, string fault, string[] arguments, Death death)
    {
        using var inject = playground.StartOnSmallDisk(isFull: false, $"keeper:{death.Step}", ["inject", fault, "--uid", KillMatrix.Uid, "-t", "10m", .. arguments]);
        if (death.IsDuringRecovery)
        {
            var answer = await inject.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
            Keeper(playground).Signal(Signals.Terminate);
        }

        ProcessIdentity? paused = null;
        await Wait.UntilAsync(() => (paused = playground.Paused("keep")) is not null, $"the keeper reaches {death.Step}");
        Fill($"/proc/{paused!.Value.Pid}/root{playground.StateFolder}", hasReserve: death.Signal == ReserveStays);
        paused.Value.Signal(Signals.Continue);
        if (!death.IsDuringRecovery)
        {
            await AnswersAsync(playground, inject, isInPlace: death.Step is "injected-written" or "reported" || (death.Signal == ReserveStays && death.Step != "begun"));
        }

        await Wait.UntilAsync(() => playground.OwnCraterds().Count == 0, $"nobody of craterd is left, but {string.Join(", ", playground.OwnCraterds())}");
    }

    // What cannot be written down is not put on, or taken off again.
    private static async Task AnswersAsync(Playground playground, CraterProcess inject, bool isInPlace)
    {
        var answer = await inject.EndAsync();
        Assert.True(isInPlace ? answer.Code == 0 : answer.Code is 3 or 5 && answer.Error.StartsWith("CRT5", StringComparison.Ordinal), answer.ToString());
        if (isInPlace)
        {
            Keeper(playground).Signal(Signals.Terminate);
        }
    }

    private static ProcessIdentity Keeper(Playground playground) =>
        Assert.Single(playground.OwnCraterds(), process => ProcessStat.CommandLine(process.Pid).Contains("/craterd keep ", StringComparison.Ordinal));

    // The room that the journal's last page still has is taken by a line as a write that was cut short leaves one.
    private static void Fill(string state, bool hasReserve)
    {
        var journal = $"{state}/injections/{KillMatrix.Uid}/journal";
        if (File.Exists(journal))
        {
            if (!hasReserve)
            {
                File.Delete(journal + ".reserve");
            }

            var missing = PageBytes - (int)((new FileInfo(journal).Length + 2) % PageBytes);
            File.AppendAllText(journal, new string('x', missing) + "~\n");
        }

        Playground.Fill($"{state}/fill");
    }
}
