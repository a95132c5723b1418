using System.Net;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Network.Dns;

/// <summary>
/// What the faults of name resolution share: questions that leave for a name server go through a queue of netfilter. Those that are not hit go on to their server untouched; the others are dropped,
/// and answered in the server's name. Nothing is redirected and no file is edited, so all of it ends with the keeper.
/// </summary>
internal abstract class DnsFault : NetworkFault
{
    protected const string How = "A queue of netfilter (NFQUEUE, with bypass) for packets to port 53, led to by nf_tables: a question that is hit is dropped, and answered by the keeper in the server's name; all others go on untouched.";
    protected const string Ends = "Dies with its keeper: the rules are owned by its socket (5.12 and newer), or let pass. Answers are to be remembered for no time.";
    protected const string Not = "Over TCP nothing can be answered in a server's name, so a question that is hit is lost there. It does not see questions that are encrypted (DNS over TLS or HTTPS), names in /etc/hosts, and answers that a cache still has.";

    public override bool IsOnTheWay => true;

    protected static IReadOnlyList<FaultParameter> Parameters(string domains) =>
    [
        new("domain", ParameterType.Text, "Names that are hit, parted by commas: example.com, *.example.com for all below it, * for all.") { Short = 'd', Aliases = ["domains"], Default = domains, IsRequired = domains.Length == 0 },
        new("dst-ip", ParameterType.Text, "Only questions to these name servers, parted by commas."),
        new("netns", ParameterType.Path, "In the network namespace of this file, such as /run/netns/NAME; not together with a place."),
    ];

    public override string Check() => PacketQueue.ArePossible ? base.Check() : throw new AgentException("CRT5680", ExitCodes.Host,
        $"{Description.Name} cannot be done here: this kernel has no queues of netfilter (nfnetlink_queue), or its module is not loaded. Load it: modprobe nfnetlink_queue.");

    public override Preparation Prepare(FaultRequest request)
    {
        _ = Answer(request);
        return base.Prepare(ToServers(request));
    }

    protected sealed override string Mechanism(FaultRequest request) => How;

    protected sealed override IDisposable PutOn(FaultRequest request, UndoData undo)
    {
        var answers = new AnswerSocket();
        try
        {
            var fate = new Answering(request.Text("domain").ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), Answer(request), answers);
            return RuledQueue.Make(fate, Seed(undo.Uid), then => PacketTable.Make(undo["table"], Rules(ToServers(request), then)).Socket);
        }
        catch
        {
            answers.Dispose();
            throw;
        }
    }

    /// <summary>What is answered: the code, and addresses; null for nothing at all.</summary>
    /// <exception cref="AgentException">The arguments are not what they should be.</exception>
    protected abstract (int Code, IReadOnlyList<IPAddress> Addresses)? Answer(FaultRequest request);

    private static FaultRequest ToServers(FaultRequest request) =>
        request with { Arguments = new Dictionary<string, string>(request.Arguments) { ["direction"] = "out", ["dst-port"] = "53", ["protocol"] = "all" } };

    private sealed class Answering(string[] domains, (int Code, IReadOnlyList<IPAddress> Addresses)? answer, AnswerSocket answers) : PacketFate
    {
        public override bool SeesContent => true;

        public override Fate Of(ReadOnlySpan<byte> content)
        {
            if (DnsQuery.Of(content) is not { } query || !domains.Any(domain => Covers(domain, query.Name)))
            {
                return default;
            }

            if (answer is { } known && !query.IsTcp)
            {
                answers.Send(query.Answer(known.Code, known.Addresses), query.Asker);
            }

            return new Fate(TimeSpan.Zero, IsDropped: true);
        }

        private static bool Covers(string domain, string name) =>
            domain == "*" || domain.TrimEnd('.') == name || (domain.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(domain[1..].TrimEnd('.'), StringComparison.Ordinal));
    }
}
