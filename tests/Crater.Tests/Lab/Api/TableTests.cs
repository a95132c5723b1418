using System.Text.Json.Nodes;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Api.Tables;
using Crater.Lab.Controllers;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class TableTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(125, "2m5s")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((3 * 3600) + 60, "3h1m")]
    [InlineData(9 * 3600, "9h")]
    [InlineData(3 * 86400, "3d")]
    public void An_age_is_written_as_kubectl_writes_it(int seconds, string expected) => Assert.Equal(expected, Age.Text(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("""{"phase": "Running", "containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}""", "CrashLoopBackOff")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]}""", "OOMKilled")]
    [InlineData("""{"phase": "Pending", "initContainerStatuses": [{"state": {"running": {}}}]}""", "Init:0/0")]
    [InlineData("""{"phase": "Running", "containerStatuses": [{"ready": true, "state": {"running": {}}}]}""", "Running")]
    public void The_status_of_a_pod_is_its_containers_reason(string status, string expected) =>
        Assert.Equal(expected, PodColumns.StatusOf(new JsonObject { ["metadata"] = new JsonObject(), ["status"] = JsonNode.Parse(status) }));

    [Fact]
    public void Every_type_that_the_table_names_is_in_the_table() =>
        Assert.DoesNotContain(TypeTable.TypeNames.SelectMany(name => TypeTable.FieldsOf(name)!.Values).Select(field => Innermost(field.Type)),
            type => type.Shape == ValueShape.Object && TypeTable.FieldsOf(type.TypeName) is null);

    [Theory]
    [InlineData("*/15 * * * *", "2026-01-01T10:30:00Z", true)]
    [InlineData("*/15 * * * *", "2026-01-01T10:31:00Z", false)]
    [InlineData("0 9-17 * * 1-5", "2026-01-02T09:00:00Z", true)]
    [InlineData("0 9-17 * * 1-5", "2026-01-03T09:00:00Z", false)]
    [InlineData("0 0 13 * 5", "2026-01-16T00:00:00Z", true)]
    [InlineData("@hourly", "2026-01-01T10:00:00Z", true)]
    public void A_cron_schedule_comes_round_when_it_says(string schedule, string minute, bool expected) =>
        Assert.Equal(expected, CronSchedule.Parse(schedule)!.Matches(DateTimeOffset.Parse(minute)));

    [Theory]
    [InlineData("61 * * * *")]
    [InlineData("* * * *")]
    [InlineData("*/0 * * * *")]
    public void What_is_no_cron_schedule_is_refused(string schedule) => Assert.Null(CronSchedule.Parse(schedule));

    private static FieldType Innermost(FieldType type) => type.Element is { } element ? Innermost(element) : type;
}
