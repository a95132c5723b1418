namespace Crater.Models.Tools;

/// <summary>What a tool can do to the world. Who offers tools decides by it what is offered, and what needs a person.</summary>
public enum Power
{
    /// <summary>Looks, and changes nothing.</summary>
    Read,

    /// <summary>Says what would be done, and touches nothing.</summary>
    Propose,

    /// <summary>Puts something in place: a fault, traffic.</summary>
    Act,

    /// <summary>Ends, or takes off what is in place. Never held back.</summary>
    Recover,
}
