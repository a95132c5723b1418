using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Tests.Agent;

/// <summary>Does nothing, for as long as it is asked to.</summary>
internal sealed class NothingAtAll : HeldFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "nothing-atall",
        Family = "none",
        Summary = "Does nothing.",
        Mechanism = "None.",
        Ending = "Dies with its keeper; nothing is left to undo.",
        Cannot = "It cannot be noticed.",
    };

    public override Preparation Prepare(FaultRequest request) => new(new Dictionary<string, string>(), [], Description.Mechanism);

    public override IDisposable? Inject(FaultRequest request, UndoData undo) => null;

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo) => false;
}
