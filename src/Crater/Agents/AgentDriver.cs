using System.Net;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>
/// The driver <c>agent</c>: faults on hosts, held by the craterd of each. craterd keeps the undo data and takes the fault off by itself when the lease is not renewed; what it
/// cannot be asked about is unknown, and what another craterd says than the one that was prepared with means nothing.
/// </summary>
public sealed class AgentDriver(IAgentReach fleet) : IDriver
{
    public const string DriverName = "agent";

    /// <summary>craterd's own deadline, beside the lease: the fault's duration and what recovery may take.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    private const string IdentityPrefix = "craterd ";

    public string Name => DriverName;

    public bool Supports(string fault) => FaultCatalogue.Variants(fault).Any(definition => definition.Drivers.Contains(Name));

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var client = await fleet.OfAsync(injection, abort).ConfigureAwait(false);
        var identity = await client.IdentityAsync(abort).ConfigureAwait(false);
        if (injection.Target.Kind == TargetKind.Host && injection.Target.Uid != identity)
        {
            throw AnotherOne(client, injection.Target.Uid, identity);
        }

        var answer = await client.PostAsync("/v1/prepare", AgentRequests.Prepare(injection), abort).ConfigureAwait(false);
        var alike = !AgentFingerprint.Counts(injection) ? 0 : (await client.LookAsync(abort).ConfigureAwait(false)).CountOf(injection.Target);
        return new Preparation { Before = AgentFingerprint.Of(injection, answer.Word("fingerprint"), alike), UndoId = IdentityPrefix + identity };
    }

    public async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var client = await SameAsync(injection, preparation, abort).ConfigureAwait(false);
        try
        {
            return (await client.PostAsync("/v1/inject", AgentRequests.Inject(injection, lease, injection.Duration + Slack), abort).ConfigureAwait(false)).Word("mechanism");
        }
        catch (AgentRefusal refusal) when (refusal.Status == HttpStatusCode.Conflict && refusal.Injection.Word("state") == "injected" && refusal.Injection.Word("uid") == AgentRequests.Uid(injection))
        {
            // Our own first request was carried out and its answer lost.
            return (await FindAsync(client, injection, abort).ConfigureAwait(false)).Word("mechanism");
        }
    }

    public async Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var uid = AgentRequests.Uid(injection);
        var client = await fleet.OfAsync(injection, abort).ConfigureAwait(false);
        var answer = await client.PostAsync("/v1/leases", AgentRequests.Renew(uid, lease), abort).ConfigureAwait(false);
        if (!answer.Words("renewed").Contains(uid))
        {
            var why = answer.Each("refused").FirstOrDefault(refused => refused.Word("uid") == uid);
            throw new CraterException("CRT5722", $"craterd on {injection.Target.Node} no longer holds {injection.Fault.Name} for us: {why.Word("message")} ({why.Word("code")}).");
        }
    }

    public async Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var client = await SameAsync(injection, preparation, budget).ConfigureAwait(false);
        var answer = await client.PostAsync("/v1/recover", new JsonObject { ["uid"] = AgentRequests.Uid(injection) }, budget).ConfigureAwait(false);
        var result = answer.Each("results").FirstOrDefault();
        if (!result.Flag("clean"))
        {
            throw new CraterException("CRT5723", $"craterd on {injection.Target.Node} could not take it off: {result.Word("left")} Look there with: {result.Word("look")}");
        }
    }

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        try
        {
            var client = await SameAsync(injection, preparation, budget).ConfigureAwait(false);
            var found = await FindAsync(client, injection, budget).ConfigureAwait(false);
            var alike = AgentFingerprint.Counts(injection) && found.Word("presence") != "present" ? (await client.LookAsync(budget).ConfigureAwait(false)).CountOf(injection.Target) : 0;
            return AgentInspection.Of(injection, preparation, found, alike);
        }
        catch (CraterException e)
        {
            // A host that does not answer has said nothing about the fault.
            return new Inspection(Presence.Unknown, null, e.Message);
        }
    }

    /// <summary>The host's craterd, if it is the one that the injection was prepared with.</summary>
    /// <exception cref="CraterException">CRT5714: it is another one.</exception>
    private async Task<AgentClient> SameAsync(Injection injection, Preparation preparation, CancellationToken abort)
    {
        var client = await fleet.OfAsync(injection, abort).ConfigureAwait(false);
        var identity = await client.IdentityAsync(abort).ConfigureAwait(false);
        return preparation.UndoId == IdentityPrefix + identity ? client : throw AnotherOne(client, preparation.UndoId.Replace(IdentityPrefix, "", StringComparison.Ordinal), identity);
    }

    /// <summary>Empty where craterd has never heard of it.</summary>
    private static async Task<JsonObject> FindAsync(AgentClient client, Injection injection, CancellationToken abort)
    {
        var answer = await client.GetAsync($"/v1/query?look=true&uid={AgentRequests.Uid(injection)}", abort).ConfigureAwait(false);
        return answer.Each("injections").FirstOrDefault() ?? [];
    }

    private static CraterException AnotherOne(AgentClient client, string expected, string found) => new("CRT5714",
        $"What answers for {client.Host.Name} at {client.Host.Address} is craterd {found}, and the run was planned with {expected}: another machine, or the same one with its memory gone. What it does not know says nothing. Correct the address in stack.yaml, or look on the host itself with 'craterd query' and 'craterd residue'.");
}
