// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token whose transfers call back, as ERC-777 hooks did: the re-entrancy attacker (A20)
contract HookToken is ERC20 {
    address private target;
    bytes private call;
    /// @notice Whether the call made from inside a transfer went through.
    bool public succeeded;
    /// @notice First four bytes of what it was refused with.
    bytes4 public refusal;
    /// @notice How many such calls were made.
    uint256 public attempts;

    constructor() ERC20("Hook", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice The next transfer makes this call.
    function arm(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (target == address(0)) return;
        address once = target;
        target = address(0);
        ++attempts;
        bytes memory answer;
        (succeeded, answer) = once.call(call);
        refusal = bytes4(answer);
    }
}
