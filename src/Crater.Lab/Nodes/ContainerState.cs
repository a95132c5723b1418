using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>Where a container stands: exactly one of waiting, running and terminated, as in containerStatuses.</summary>
internal abstract record ContainerState
{
    private ContainerState()
    {
    }

    public sealed record Waiting(string Reason, string Message = "") : ContainerState
    {
        public override JsonObject Json() => Message.Length == 0
            ? new() { ["waiting"] = new JsonObject { ["reason"] = Reason } }
            : new() { ["waiting"] = new JsonObject { ["message"] = Message, ["reason"] = Reason } };
    }

    public sealed record Running(DateTimeOffset Since) : ContainerState
    {
        public override JsonObject Json() => new() { ["running"] = new JsonObject { ["startedAt"] = Since.Stamp() } };
    }

    public sealed record Terminated(int ExitCode, string Reason, DateTimeOffset Since, DateTimeOffset Until, string ContainerId) : ContainerState
    {
        public string Message { get; init; } = "";

        public override JsonObject Json()
        {
            var json = new JsonObject
            {
                ["containerID"] = ContainerId,
                ["exitCode"] = ExitCode,
                ["finishedAt"] = Until.Stamp(),
                ["reason"] = Reason,
                ["startedAt"] = Since.Stamp(),
            };
            if (Message.Length > 0)
            {
                json["message"] = Message;
            }

            return new() { ["terminated"] = json };
        }
    }

    public abstract JsonObject Json();
}
