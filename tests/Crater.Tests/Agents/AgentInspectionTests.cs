using Crater.Agents;
using Crater.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Agents;

/// <summary>What craterd's words mean for a run: unknown stays unknown, and clean is only what was proven.</summary>
public sealed class AgentInspectionTests
{
    private static readonly Injection Stop = SomeHosts.Injection("process-stop", TargetKind.Process);

    private static readonly Preparation Before = new() { Before = AgentFingerprint.Of(Stop, "stopped=0", 2), UndoId = "craterd aaaa" };

    [Fact]
    public void What_craterd_never_carried_out_is_absent_and_as_before()
    {
        var seen = AgentInspection.Of(Stop, Before, SomeHosts.Parse("""{"state": "tombstone"}"""), alike: 0);
        Assert.Equal((Presence.Absent, Before.Before), (seen.Presence, seen.Now));
    }

    [Fact]
    public void What_craterd_cannot_see_is_unknown_and_has_no_fingerprint()
    {
        var seen = AgentInspection.Of(Stop, Before, SomeHosts.Parse("""{"state": "residue", "presence": "unknown", "fingerprint": "stopped=0"}"""), alike: 2);
        Assert.Equal((Presence.Unknown, null), (seen.Presence, seen.Now));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(5, true)]
    [InlineData(1, false)]
    public void A_target_is_as_before_when_its_program_has_as_many_processes_at_least(int programs, bool isAsBefore)
    {
        var seen = AgentInspection.Of(Stop, Before, SomeHosts.Parse("""{"state": "recovered", "presence": "absent", "fingerprint": "stopped=0", "certificate": {"clean": true, "by": "keeper"}}"""), programs);
        Assert.Equal((Presence.Absent, isAsBefore), (seen.Presence, seen.Now == Before.Before));
        Assert.Contains("recovered by its keeper", seen.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_moment_leaves_its_mark_once_it_has_happened()
    {
        var kill = SomeHosts.Injection("process-kill", TargetKind.Process);
        Assert.True(AgentInspection.Of(kill, Before, SomeHosts.Parse("""{"state": "injected", "presence": "absent"}"""), 1).HasLeftItsMark);
        Assert.False(AgentInspection.Of(kill, Before, SomeHosts.Parse("""{"state": "failed", "presence": "absent"}"""), 2).HasLeftItsMark);
    }

    [Fact]
    public void A_request_names_the_process_by_pid_and_start_and_has_typed_values()
    {
        var kill = AgentRequests.Inject(SomeHosts.Injection("process-kill", TargetKind.Process, """{"signal": 15}"""), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(2));
        Assert.Equal("""{"uid":"chaos-0000abcd-2","fault":"process-kill","arguments":{"signal":15,"pid":20,"start":700},"timeout":"2m","lease":"15s","creator":"chaos-0000abcd process/db1/redis-server:20"}""", kill.ToJsonString());
        var fill = AgentRequests.Prepare(SomeHosts.Injection("memory-fill", TargetKind.Host, """{"bytes": "64Mi"}"""));
        Assert.Equal("""{"fault":"memory-fill","arguments":{"bytes":"67108864B","mode":"ram"}}""", fill.ToJsonString());
    }
}
