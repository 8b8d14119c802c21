// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

// What x402's scheme `auth-capture` needs of contracts, in small, for tests: an escrow and a collector with
// the interface of base/commerce-payments 1.1, and an operator as the scheme's page sketches it for
// `operatorType: "policy"` without a policy: nothing is captured or voided without the signature of the
// authorizer that the payer's own signature commits to.
//
// Not audited, and with shortcuts (one pot for all operators, signatures of keys alone): never deploy it.
//
// `npx tsx test/x402/compile-small-escrow.ts` writes small-escrow.json, by solc 0.8.28 from npm.

struct PaymentInfo {
    address operator;
    address payer;
    address receiver;
    address token;
    uint120 maxAmount;
    uint48 preApprovalExpiry;
    uint48 authorizationExpiry;
    uint48 refundExpiry;
    uint16 minFeeBps;
    uint16 maxFeeBps;
    address feeReceiver;
    uint256 salt;
}

struct ExpectedBalances {
    uint256 capturableAmount;
    uint256 refundableAmount;
}

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);

    function transferFrom(address from, address to, uint256 amount) external returns (bool);

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}

contract SmallEscrow {
    struct PaymentState {
        bool hasCollectedPayment;
        uint120 capturableAmount;
        uint120 refundableAmount;
    }

    bytes32 private constant PAYMENT_INFO_TYPEHASH = keccak256(
        "PaymentInfo(address operator,address payer,address receiver,address token,uint120 maxAmount,uint48 preApprovalExpiry,uint48 authorizationExpiry,uint48 refundExpiry,uint16 minFeeBps,uint16 maxFeeBps,address feeReceiver,uint256 salt)"
    );

    mapping(bytes32 => PaymentState) public paymentState;

    event PaymentAuthorized(bytes32 indexed paymentInfoHash, PaymentInfo paymentInfo, uint256 amount, address tokenCollector);
    event PaymentCaptured(bytes32 indexed paymentInfoHash, uint256 amount, uint256 feeAmount, address feeReceiver);
    event PaymentVoided(bytes32 indexed paymentInfoHash, uint256 amount);
    event PaymentReclaimed(bytes32 indexed paymentInfoHash, uint256 amount);
    event PaymentRefunded(bytes32 indexed paymentInfoHash, uint256 amount, address tokenCollector);

    error InvalidSender();
    error InvalidAmount();
    error InvalidExpiries();
    error InvalidFee();
    error PaymentAlreadyCollected();
    error BeforeAuthorizationExpiry();
    error AfterAuthorizationExpiry();
    error AfterRefundExpiry();
    error InsufficientAuthorization();
    error ZeroAuthorization();
    error RefundExceedsCapture();

    modifier onlySender(address sender) {
        if (msg.sender != sender) revert InvalidSender();
        _;
    }

    function authorize(PaymentInfo calldata info, uint256 amount, address tokenCollector, bytes calldata collectorData)
        external
        onlySender(info.operator)
    {
        if (amount == 0 || amount > info.maxAmount) revert InvalidAmount();
        if (
            block.timestamp >= info.preApprovalExpiry || info.preApprovalExpiry > info.authorizationExpiry
                || info.authorizationExpiry > info.refundExpiry
        ) revert InvalidExpiries();
        if (info.minFeeBps > info.maxFeeBps || info.maxFeeBps > 10_000) revert InvalidFee();
        bytes32 hash = getHash(info);
        if (paymentState[hash].hasCollectedPayment) revert PaymentAlreadyCollected();
        paymentState[hash] = PaymentState(true, uint120(amount), 0);
        emit PaymentAuthorized(hash, info, amount, tokenCollector);
        SmallCollector(tokenCollector).collectTokens(info, address(this), amount, collectorData);
    }

    function capture(PaymentInfo calldata info, uint256 amount, uint256 feeAmount, address feeReceiver)
        external
        onlySender(info.operator)
    {
        if (amount == 0) revert InvalidAmount();
        if (block.timestamp >= info.authorizationExpiry) revert AfterAuthorizationExpiry();
        if (feeAmount < amount * info.minFeeBps / 10_000 || feeAmount > amount * info.maxFeeBps / 10_000) revert InvalidFee();
        if (info.feeReceiver != address(0) && feeReceiver != info.feeReceiver) revert InvalidFee();
        if (feeAmount > 0 && feeReceiver == address(0)) revert InvalidFee();
        bytes32 hash = getHash(info);
        PaymentState storage state = paymentState[hash];
        if (amount > state.capturableAmount) revert InsufficientAuthorization();
        state.capturableAmount -= uint120(amount);
        state.refundableAmount += uint120(amount);
        emit PaymentCaptured(hash, amount, feeAmount, feeReceiver);
        if (feeAmount > 0) IToken(info.token).transfer(feeReceiver, feeAmount);
        IToken(info.token).transfer(info.receiver, amount - feeAmount);
    }

    function void(PaymentInfo calldata info) external onlySender(info.operator) {
        bytes32 hash = getHash(info);
        emit PaymentVoided(hash, giveBack(info, hash));
    }

    function reclaim(PaymentInfo calldata info) external onlySender(info.payer) {
        if (block.timestamp < info.authorizationExpiry) revert BeforeAuthorizationExpiry();
        bytes32 hash = getHash(info);
        emit PaymentReclaimed(hash, giveBack(info, hash));
    }

    /// The tokens come from the operator, whatever the collector.
    function refund(PaymentInfo calldata info, uint256 amount, address tokenCollector, bytes calldata)
        external
        onlySender(info.operator)
    {
        if (amount == 0) revert InvalidAmount();
        if (block.timestamp >= info.refundExpiry) revert AfterRefundExpiry();
        bytes32 hash = getHash(info);
        PaymentState storage state = paymentState[hash];
        if (amount > state.refundableAmount) revert RefundExceedsCapture();
        state.refundableAmount -= uint120(amount);
        emit PaymentRefunded(hash, amount, tokenCollector);
        IToken(info.token).transferFrom(msg.sender, info.payer, amount);
    }

    function getHash(PaymentInfo calldata info) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), keccak256(abi.encode(PAYMENT_INFO_TYPEHASH, info))));
    }

    /// The nonce of the payer's signature: the hash without the payer.
    function getNonce(PaymentInfo memory info) external view returns (bytes32) {
        info.payer = address(0);
        return keccak256(abi.encode(block.chainid, address(this), keccak256(abi.encode(PAYMENT_INFO_TYPEHASH, info))));
    }

    function giveBack(PaymentInfo calldata info, bytes32 hash) private returns (uint256 amount) {
        amount = paymentState[hash].capturableAmount;
        if (amount == 0) revert ZeroAuthorization();
        paymentState[hash].capturableAmount = 0;
        IToken(info.token).transfer(info.payer, amount);
    }
}

/// Collects by EIP-3009. What was signed and is not wanted goes back to the payer.
contract SmallCollector {
    SmallEscrow private immutable ESCROW;

    error OnlyEscrow();

    constructor(SmallEscrow escrow) {
        ESCROW = escrow;
    }

    function collectTokens(PaymentInfo calldata info, address tokenStore, uint256 amount, bytes calldata collectorData) external {
        if (msg.sender != address(ESCROW)) revert OnlyEscrow();
        IToken token = IToken(info.token);
        bytes32 nonce = ESCROW.getNonce(info);
        token.receiveWithAuthorization(info.payer, address(this), info.maxAmount, 0, info.preApprovalExpiry, nonce, collectorData);
        token.transfer(tokenStore, amount);
        if (info.maxAmount > amount) token.transfer(info.payer, info.maxAmount - amount);
    }
}

/// Anybody may call it. It asks for the authorizer's signature over the very call, and over the balances that
/// it is to find, so that no signature is good twice.
contract SmallOperator {
    SmallEscrow private immutable ESCROW;

    bytes32 private constant SALT_BINDING_TYPEHASH =
        keccak256("x402AuthCaptureSaltBinding(address receiverAuthorizer,address policy,uint256 saltNonce)");
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CAPTURE_TYPEHASH = keccak256(
        "Capture(bytes32 paymentInfoHash,uint256 amount,uint256 feeAmount,address feeReceiver,uint256 expectedCapturableAmount,uint256 expectedRefundableAmount)"
    );
    bytes32 private constant VOID_TYPEHASH = keccak256("Void(bytes32 paymentInfoHash)");

    error WrongOperator();
    error NonZeroPolicy();
    error ZeroAuthorizer();
    error SaltMismatch();
    error InvalidSignature();
    error UnexpectedPaymentState();

    constructor(SmallEscrow escrow) {
        ESCROW = escrow;
    }

    function authorize(
        PaymentInfo calldata info,
        uint256 amount,
        address tokenCollector,
        bytes calldata collectorData,
        address authorizer,
        address policy,
        uint256 saltNonce
    ) external {
        checkBinding(info, authorizer, policy, saltNonce);
        ESCROW.authorize(info, amount, tokenCollector, collectorData);
    }

    function capture(
        PaymentInfo calldata info,
        uint256 amount,
        uint256 feeAmount,
        address feeReceiver,
        address authorizer,
        address policy,
        uint256 saltNonce,
        ExpectedBalances calldata expected,
        bytes calldata authorizerSignature
    ) external {
        bytes32 hash = checkBinding(info, authorizer, policy, saltNonce);
        bytes32 structHash = keccak256(
            abi.encode(
                CAPTURE_TYPEHASH, hash, amount, feeAmount, feeReceiver, expected.capturableAmount, expected.refundableAmount
            )
        );
        checkSignature(authorizer, structHash, authorizerSignature);
        (, uint120 capturable, uint120 refundable) = ESCROW.paymentState(hash);
        if (capturable != expected.capturableAmount || refundable != expected.refundableAmount) revert UnexpectedPaymentState();
        ESCROW.capture(info, amount, feeAmount, feeReceiver);
    }

    function void(
        PaymentInfo calldata info,
        address authorizer,
        address policy,
        uint256 saltNonce,
        bytes calldata authorizerSignature
    ) external {
        bytes32 hash = checkBinding(info, authorizer, policy, saltNonce);
        checkSignature(authorizer, keccak256(abi.encode(VOID_TYPEHASH, hash)), authorizerSignature);
        ESCROW.void(info);
    }

    /// The payer's signature commits to the salt, and so to the authorizer.
    function checkBinding(PaymentInfo calldata info, address authorizer, address policy, uint256 saltNonce)
        private
        view
        returns (bytes32)
    {
        if (info.operator != address(this)) revert WrongOperator();
        if (policy != address(0)) revert NonZeroPolicy();
        if (authorizer == address(0)) revert ZeroAuthorizer();
        if (info.salt != uint256(keccak256(abi.encode(SALT_BINDING_TYPEHASH, authorizer, policy, saltNonce)))) revert SaltMismatch();
        return ESCROW.getHash(info);
    }

    function checkSignature(address authorizer, bytes32 structHash, bytes calldata signature) private view {
        if (signature.length != 65) revert InvalidSignature();
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("x402 Auth Capture Operator"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        if (signer == address(0) || signer != authorizer) revert InvalidSignature();
    }
}
