using System.Text.Json.Nodes;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Api.Tables;
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

    private static FieldType Innermost(FieldType type) => type.Element is { } element ? Innermost(element) : type;
}
